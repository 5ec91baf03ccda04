// All kernels of the webgl backend: fetched when a model needs one that the common set lacks.
import "@tensorflow/tfjs-backend-webgl/dist/register_all_kernels.js";
