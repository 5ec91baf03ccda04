// The scripts of the examples that run on embed.html. The last one waits for its model.
import "./examples/form.js";
import "./examples/events.js";
import "./examples/plain.js";
import "./examples/canvas.js";
