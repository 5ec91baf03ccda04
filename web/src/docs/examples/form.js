const exercise = document.querySelector("#exercise");
const sent = document.querySelector("#sent");

exercise.addEventListener("submit", (event) => {
  event.preventDefault(); // this page has no server that would take it
  sent.value = new URLSearchParams(new FormData(exercise)).toString();
});
exercise.addEventListener("reset", () => {
  sent.value = "nothing yet";
});
