// Layers-models of any layer that TensorFlow.js has.
import "@tensorflow/tfjs-layers/dist/layers/convolutional_recurrent.js";
import "@tensorflow/tfjs-layers/dist/layers/embeddings.js";
import "@tensorflow/tfjs-layers/dist/layers/noise.js";
import "@tensorflow/tfjs-layers/dist/layers/preprocessing/category_encoding.js";
import "@tensorflow/tfjs-layers/dist/layers/preprocessing/center_crop.js";
import "@tensorflow/tfjs-layers/dist/layers/preprocessing/image_resizing.js";
import "@tensorflow/tfjs-layers/dist/layers/recurrent.js";
import "@tensorflow/tfjs-layers/dist/layers/wrappers.js";

export { open, tools } from "./layers.ts";
