let model, answer;

async function setup() {
  createCanvas(280, 280);
  background(255);
  strokeWeight(18);
  answer = createP("Draw a digit");
  const { load } = await import("https://example.org/site/load.js");
  model = await load("https://example.org/site/models/mnist-softmax/latest.json");
}

function mouseDragged() {
  line(pmouseX, pmouseY, mouseX, mouseY);
}

async function mouseReleased() {
  if (!model) return; // it is on its way
  const { label } = await model.predict(drawingContext.canvas);
  answer.html(label ?? "Draw a digit");
}
