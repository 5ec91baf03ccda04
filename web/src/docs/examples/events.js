const pad = document.querySelector("#pad");
const answer = document.querySelector("#answer");

pad.addEventListener("predict", ({ detail }) => {
  const logits = Array.from(detail.logits ?? [], (logit) => logit.toFixed(1));
  answer.value = `${detail.label}, logits ${logits.join(" ")}`;
});
pad.addEventListener("clear", () => {
  answer.value = "nothing yet";
});
