// The kernels of common models, which each backend's first part registers: dense and convolutional
// networks with pooling, normalisation, merges and the usual activations. scripts/tfjs-plugin.mjs
// reads this for `register_all_kernels.js?common`.
export const COMMON_KERNELS = (
  "_FusedMatMul Add AvgPool BatchMatMul BatchNorm Cast ClipByValue Concat Conv2D DepthwiseConv2dNative Elu Exp " +
  "ExpandDims Fill FusedConv2D FusedDepthwiseConv2D Identity LeakyRelu Max MaxPool Maximum Mean Minimum Multiply " +
  "Neg Pack PadV2 Prelu RealDiv Relu Relu6 Reshape Rsqrt Sigmoid Slice Softmax Sqrt Square StridedSlice Sub Sum " +
  "Tanh Tile Transpose"
).split(" ");
