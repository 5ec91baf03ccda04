// Registers only what kernels.js lists.
declare module "*/register_all_kernels.js?common";
