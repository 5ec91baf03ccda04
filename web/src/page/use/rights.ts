// The address of a model's page, and whose work it is made from. No DOM.
import type { Manifest } from "../../runtime/manifest.ts";
import { say } from "../language.ts";

/** Address of the page with this model chosen, and nothing else from the visitor's address. */
export function pageOf(page: string, name: string): string {
  const address = new URL(".", page);
  address.searchParams.set("model", name);
  return address.href;
}

/** Names the data's makers and the licences of data and model; "" where the manifest does not say. */
export function rightsOf({ data, license }: Manifest): string {
  const [makers, terms] = [data?.attribution ?? "", data?.license ?? ""];
  return [
    ...(data && (makers || terms) ? [say.use.trainedOn(data.name, makers, terms)] : []),
    ...(license ? [say.use.license(license)] : []),
  ].join(" ");
}
