const pad = document.querySelector("#pad");
const answer = document.querySelector("#answer");

pad.addEventListener("predict", ({ detail }) => {
  answer.value = `${detail.label}, logits ${detail.logits?.map((logit) => logit.toFixed(1)).join(" ")}`;
});
pad.addEventListener("clear", () => {
  answer.value = "nothing yet";
});
