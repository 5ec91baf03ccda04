// TensorFlow.js' WebGL backend, with the kernels of common models.
import "@tensorflow/tfjs-backend-webgl/dist/base.js";
import "@tensorflow/tfjs-backend-webgl/dist/register_all_kernels.js?common";
