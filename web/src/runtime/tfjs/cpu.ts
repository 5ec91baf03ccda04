// TensorFlow.js' core and its plain CPU backend, which runs everywhere, with the kernels of common
// models.
import "@tensorflow/tfjs-backend-cpu/dist/base.js";
import "@tensorflow/tfjs-backend-cpu/dist/register_all_kernels.js?common";
