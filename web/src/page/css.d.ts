// Style sheets that a panel imports: Vite makes files of them and links them when the panel is
// fetched.
declare module "*.css";
