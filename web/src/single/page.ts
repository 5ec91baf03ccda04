// The script of `pipeline publish --single-file --whole-page`: the page without a site around it.
import "./held.ts"; // first: the page asks for its model at once
import "../page/main.ts";
import "../page/page.css";
