const pad = document.createElement("sketch-classifier");
const rest = document.querySelector("#rest");

pad.src = "https://example.org/site/models/mnist-softmax/latest.json";
pad.loading = "lazy";
pad.addEventListener("change", ({ detail }) => {
  rest.value = detail?.label ?? "nothing yet";
});
document.querySelector("#place").append(pad);
