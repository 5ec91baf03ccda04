// All kernels of the cpu backend: fetched when a model needs one that the common set lacks.
import "@tensorflow/tfjs-backend-cpu/dist/register_all_kernels.js";
