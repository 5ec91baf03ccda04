// What the scenarios of the element share besides the blog.
import type { Blog, Post } from "./blog.ts";
import { evaluateIn } from "./browser.ts";

export type Pad = HTMLElementTagNameMap["sketch-classifier"];
export type Box = Readonly<Record<"x" | "y" | "width" | "height", number>>;

/** A slanted line, as points of a pad's side. */
export const LINE = [
  [
    { x: 0.6, y: 0.15 },
    { x: 0.55, y: 0.5 },
    { x: 0.5, y: 0.85 },
  ],
];

/** Draw on the first element of the page once it has its model, and return the label of the answer. */
export async function drawn(blog: Blog): Promise<string> {
  await blog.ready();
  await blog.draw();
  return blog.predicted();
}

/** Open a post, by default one with an element and nothing else, and draw on it: see `drawn`. */
export async function answered(blog: Blog, body = blog.element(), post: Post = {}): Promise<string> {
  await blog.open(body, post);
  return drawn(blog);
}

/** Run a function on the first element of the page. */
export const onPad = <R, A extends readonly unknown[]>(
  { page }: Pick<Blog, "page">,
  act: (pad: Pad, ...given: A) => R,
  ...given: A
): Promise<Awaited<R>> =>
  page.$eval<"sketch-classifier", unknown[]>("sketch-classifier", act as never, ...given) as Promise<Awaited<R>>;

/** Where the canvas of the first element is, in the window: of the page, or of one of its frames. */
export async function canvasBox({ page }: Pick<Blog, "page">, frame?: string): Promise<Box> {
  const look = (): Box => {
    const canvas = document.querySelector("sketch-classifier")!.shadowRoot!.querySelector(".canvas")!;
    const { x, y, width, height } = canvas.getBoundingClientRect();
    return { x, y, width, height };
  };
  if (frame === undefined) return page.evaluate(look);
  const inside = await evaluateIn(page, frame, look);
  const { x, y } = await page.$eval(frame, (element) => {
    const { x, y } = element.getBoundingClientRect();
    return { x: x + element.clientLeft, y: y + element.clientTop };
  });
  return { ...inside, x: inside.x + x, y: inside.y + y };
}

/** Change one byte of a file, of which every byte counts. */
export const flipped = (body: Buffer, at: number): Buffer => {
  const other = Buffer.from(body);
  other[at < 0 ? body.length + at : at]! ^= 1;
  return other;
};
