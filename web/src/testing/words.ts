// Before every test file: the words of all panels are there, as they are before a panel opens.
import { loadPanelWords } from "../page/language.ts";

await loadPanelWords();
