import { load } from "https://example.org/site/load.js";

const canvas = document.querySelector("#canvas");
const reading = document.querySelector("#reading");
const pen = canvas.getContext("2d");
Object.assign(pen, { lineWidth: 18, lineCap: "round", lineJoin: "round" });
const model = await load("https://example.org/site/models/mnist-softmax/latest.json");

canvas.addEventListener("pointerdown", ({ offsetX, offsetY }) => {
  pen.beginPath();
  pen.moveTo(offsetX, offsetY);
});
canvas.addEventListener("pointermove", async ({ buttons, offsetX, offsetY }) => {
  if (buttons === 0) return;
  pen.lineTo(offsetX, offsetY);
  pen.stroke();
  const { label } = await model.predict(canvas);
  reading.value = label ?? "nothing yet";
});
document.querySelector("#wipe").addEventListener("click", () => {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  reading.value = "nothing yet";
});
