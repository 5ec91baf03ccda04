// TensorFlow.js' WebGL backend, with the kernels of common models (see cpu.ts).
import { registerKernel } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-webgl/dist/base.js";
import { _fusedMatMulConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/_FusedMatMul.js";
import { addConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Add.js";
import { avgPoolConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/AvgPool.js";
import { batchMatMulConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/BatchMatMul.js";
import { batchNormConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/BatchNorm.js";
import { castConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Cast.js";
import { clipByValueConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/ClipByValue.js";
import { concatConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Concat.js";
import { conv2DConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Conv2D.js";
import { depthwiseConv2dNativeConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/DepthwiseConv2dNative.js";
import { eluConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Elu.js";
import { expConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Exp.js";
import { expandDimsConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/ExpandDims.js";
import { fillConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Fill.js";
import { fusedConv2DConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/FusedConv2D.js";
import { fusedDepthwiseConv2DConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/FusedDepthwiseConv2D.js";
import { identityConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Identity.js";
import { leakyReluConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/LeakyRelu.js";
import { maxConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Max.js";
import { maxPoolConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/MaxPool.js";
import { maximumConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Maximum.js";
import { meanConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Mean.js";
import { minimumConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Minimum.js";
import { multiplyConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Multiply.js";
import { negConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Neg.js";
import { packConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Pack.js";
import { padV2Config } from "@tensorflow/tfjs-backend-webgl/dist/kernels/PadV2.js";
import { preluConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Prelu.js";
import { realDivConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/RealDiv.js";
import { reluConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Relu.js";
import { relu6Config } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Relu6.js";
import { reshapeConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Reshape.js";
import { rsqrtConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Rsqrt.js";
import { sigmoidConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sigmoid.js";
import { sliceConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Slice.js";
import { softmaxConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Softmax.js";
import { sqrtConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sqrt.js";
import { squareConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Square.js";
import { stridedSliceConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/StridedSlice.js";
import { subConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sub.js";
import { sumConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Sum.js";
import { tanhConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Tanh.js";
import { tileConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Tile.js";
import { transposeConfig } from "@tensorflow/tfjs-backend-webgl/dist/kernels/Transpose.js";

for (const kernel of [
  _fusedMatMulConfig,
  addConfig,
  avgPoolConfig,
  batchMatMulConfig,
  batchNormConfig,
  castConfig,
  clipByValueConfig,
  concatConfig,
  conv2DConfig,
  depthwiseConv2dNativeConfig,
  eluConfig,
  expConfig,
  expandDimsConfig,
  fillConfig,
  fusedConv2DConfig,
  fusedDepthwiseConv2DConfig,
  identityConfig,
  leakyReluConfig,
  maxConfig,
  maxPoolConfig,
  maximumConfig,
  meanConfig,
  minimumConfig,
  multiplyConfig,
  negConfig,
  packConfig,
  padV2Config,
  preluConfig,
  realDivConfig,
  reluConfig,
  relu6Config,
  reshapeConfig,
  rsqrtConfig,
  sigmoidConfig,
  sliceConfig,
  softmaxConfig,
  sqrtConfig,
  squareConfig,
  stridedSliceConfig,
  subConfig,
  sumConfig,
  tanhConfig,
  tileConfig,
  transposeConfig,
])
  registerKernel(kernel);
