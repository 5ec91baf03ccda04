// The page's words in German. See en.ts.
import type { Words } from "../language.ts";

/** German for a manifest's noun, after "Zeichne" and on the button of the test images. */
const NOUNS: Readonly<Record<string, string>> = {
  character: "ein Zeichen",
  digit: "eine Ziffer",
  letter: "einen Buchstaben",
  number: "eine Zahl",
  shape: "eine Form",
  symbol: "ein Symbol",
};
const TESTS: Readonly<Record<string, string>> = {
  digit: "Testziffer",
  letter: "Testbuchstabe",
  number: "Testzahl",
  shape: "Testform",
};
/** German for the gates of pipeline/quality/: judging.py and baseline.py. */
const GATES: Readonly<Record<string, string>> = {
  "test accuracy": "Trefferquote",
  "class recall": "schwächste Klasse",
  drawings: "Zeichnungen",
  "signs flagged": "Zweifel an Fremdem",
  "drawings unflagged": "kein Zweifel an Ziffern",
  baseline: "so gut wie bisher",
  validation: "Validierung",
  "undisputed labels": "unbestrittene Labels",
  "distinct test images": "ungesehene Testbilder",
  "same labels": "dieselben Klassen",
  "label overlap": "Klassen wie bisher",
  "pixel overlap": "Pixel wie bisher",
};
const what = (noun: string | null) => NOUNS[noun ?? ""] ?? "etwas";
const REPORT = "Wenn das nicht hilft, sag bitte denen Bescheid, die diese Website betreuen.";

export const de: Words = {
  dates: "de-DE",
  decimal: ",",
  thousands: ".",

  // Die Seite über sich selbst, und ihr Rahmen.
  page: {
    nav: "Abschnitte dieser Seite",
    pages: "Seiten dieser Website",
    onward: "Mehr über dieses Modell",
    try: "Probiere",
    skip: "Zum Zeichenfeld springen",
    sections: {
      start: "Start",
      draw: "Zeichnen",
      gets: "Was ankommt",
      votes: "Tinte × Gewichte",
      percent: "Prozente",
      mind: "Umstimmen",
      learning: "Lernen",
      doubt: "Zweifel",
      quality: "Wie gut",
      own: "Eigene",
      embed: "Einbauen",
    },
    titles: { quality: "Wie gut ist es?", own: "Eigene Klassen", embed: "Auf deiner Seite" },
    leads: {
      quality:
        "Wie oft es bei neuen Bildern und Zeichnungen richtig liegt, was es verwechselt, und was ein Modell vor der " +
        "Veröffentlichung bestehen muss.",
      own:
        "Bring ihm deine Zeichnungen bei: Nenne zwei bis zehn Dinge und zeichne jedes ein paar Mal: Dieselbe Summe lernt sie. Nichts " +
        "verlässt diese Seite.",
      embed:
        "Ein Skript und ein Element lassen deine Leser zeichnen. Was sie zeichnen, bleibt auf ihrem Gerät.",
    },
    draw: (noun) => `Zeichne ${what(noun)}`,
    drawWith: (noun) => `Zeichne ${what(noun)} mit Finger, Stift oder Maus.`,
    choose: "Wähle ein Bild",
    headline: (numbers: string) => `${numbers} Zahlen lesen deine Handschrift`,
    apart: "Die Antwort kommt sofort. Nimm sie Schritt für Schritt auseinander.",
    seeWhy: (numbers) => `Sieh, warum ein Modell aus ${numbers} Zahlen so antwortet.`,
    seeAnswer: "Sieh, was ein Modell darin erkennt, während du zeichnest.",
    seePhoto: "Sieh, was ein Modell darin erkennt.",
    accuracy: (share, images, low, high) =>
      `Richtig bei ${share}\u00a0% von ${images} Testbildern. Die wahre Trefferquote ist wohl ${low} bis ${high}\u00a0%.`,
    reads: (share, images, drawn) =>
      `Richtig bei ${share}\u00a0% von ${images} Testbildern, ${drawn}\u00a0% der Zeichnungen.`,
    private: "Nichts verlässt diese Seite.",
    unlikeForms:
      "Auf einem Bildschirm zu zeichnen ist etwas anderes, als in die Formulare des Testsatzes zu schreiben",
    unlikeDrawings: "Zeichnungen auf einem Bildschirm sind anders als die Bilder des Testsatzes",
    unlikePhotos: "Deine eigenen Bilder sind anders als die des Testsatzes",
    unloaded: "Dieser Teil der Seite konnte nicht geladen werden. Prüfe die Verbindung.",
    reload: "Seite neu laden",
    model: "Modell",
    pickModel: "bitte wählen",
    record: {
      title: "Dieses Modell",
      name: "Name",
      version: "Version",
      created: "erstellt",
      card: "Modellkarte",
    },
  },

  // Errors, and the advice for each.
  failures: {
    page: {
      network: [
        "Das Modell konnte nicht geladen werden",
        `Prüfe die Verbindung und versuche es noch einmal. ${REPORT}`,
      ],
      integrity: [
        "Die Dateien des Modells sind beschädigt",
        "Sie weichen von dem ab, was veröffentlicht wurde, deshalb wurde nichts ausgeführt. Versuche es noch " +
          `einmal. ${REPORT}`,
      ],
      manifest: [
        "Die Beschreibung des Modells ist beschädigt",
        `Es wurde nichts ausgeführt. Versuche es noch einmal. ${REPORT}`,
      ],
      unsupported: [
        "Diese Seite kann das Modell nicht ausführen",
        "Wähle ein anderes Modell, oder sag denen Bescheid, die diese Website betreuen.",
      ],
      input: [
        "Diese Eingabe passt nicht zum Modell",
        `Leere das Zeichenfeld oder wähle ein anderes Modell, und versuche es noch einmal. ${REPORT}`,
      ],
      aborted: ["Das Laden wurde abgebrochen", "Versuche es noch einmal."],
      other: [
        "Auf dieser Seite ist etwas schiefgegangen",
        `Versuche es noch einmal, oder lade die Seite neu. ${REPORT}`,
      ],
    },
    unknownModel: {
      title: "Dieses Modell ist hier nicht veröffentlicht",
      advice: "Wähle unter dem Zeichenfeld eines aus.",
    },
    part: {
      network: "Prüfe die Verbindung und versuche es noch einmal.",
      integrity:
        "Das weicht von dem ab, was veröffentlicht wurde, und wird deshalb nicht gezeigt. Versuche es noch einmal.",
      unsupported: "Ein anderer Browser kann es vielleicht zeigen.",
      other: "Versuche es noch einmal, oder lade die Seite neu.",
    },
    loading: (what: string) => `Wird geladen: ${what} …`,
    notLoaded: (what: string) => `Konnte nicht geladen werden: ${what}.`,
  },

  draw: {
    title: "Deine Zeichnung und die Antwort",
    pad: "Zeichne hier mit Finger, Stift, Maus oder Tastatur",
    padRole: "Zeichenfeld",
    hint: "Zeichne hier, groß oder klein",
    yourTurn: "Jetzt du: zeichne hier",
    keys: "Pfeiltasten bewegen, Leertaste senkt und hebt den Stift, Entf löscht.",
    place: (row, column, isDown) => `Zeile ${row}, Spalte ${column}${isDown ? ", zeichnet" : ""}`,
    grow: "Hier zeichnen",
    undo: "Rückgängig",
    clear: "Löschen",
    image: "Bild",
    fromDevice: " von diesem Gerät",
    ask: "Falsch?",
    askMore: "Was hast du gezeichnet?",
    bars: "Wahrscheinlichkeit jeder Antwort",
    download: "Modell wird geladen",
    loading: "Das Modell wird geladen …",
    loadingOf: (size) => `Das Modell wird geladen, ${size} …`,
    retry: "Noch einmal",
    details: "Einzelheiten",

    oneOfThese: "Zeichne eines davon",
    choose: "Bild wählen",
    nothingElse: "sonst kommt nichts in Frage",
    then: (label, share) => `dann ${label}, ${share}`,
    empty: "Das Zeichenfeld ist leer.",
    right: "Richtig.",
    wrong: "Falsch.",

    testOne: (noun) => TESTS[noun ?? ""] ?? "Testbild",
    testImage: (index, label) => `Testbild ${index}: ${label}`,
    testRemoved: "Das Testbild wurde entfernt: dieses Modell wurde mit anderen Daten trainiert.",
    testsUnloaded:
      "Die Testbilder konnten nicht geladen werden. Prüfe die Verbindung und versuche es noch einmal.",
    testMissing: (index) => `Zu diesem Modell gehört kein Testbild ${index}.`,
    testUnloaded: (index) =>
      `Testbild ${index} konnte nicht geladen werden. Prüfe die Verbindung und lade die Seite neu.`,
    unreadable:
      "In der Adresse steht eine Zeichnung, die diese Seite nicht lesen kann. Sie bleibt weg.",
    tooLong:
      "Diese Zeichnung ist zu lang für eine Adresse: ein Link oder ein Neuladen stellt sie nicht wieder her.",
    noInk: "In diesem Bild hebt sich nichts vom Hintergrund ab: es gibt nichts zu erkennen.",
    thatFile: "diese Datei",
    named: (name) => `„${name}“`,
    notAnImage: (file) =>
      `Dieser Browser kann ${file} nicht als Bild lesen. Versuche es mit einer PNG- oder JPEG-Datei.`,
  },

  // From the hand to the model's input.
  gets: {
    title: "Deine Striche sieht es nie",
    lead: "Das Modell bekommt nur Zahlen: die Tinte in jedem Kästchen eines kleinen Rasters, von 0 für Papier bis 1 für Tinte. Groß oder klein, dick oder dünn, gerade oder schräg: Ein paar Schritte machen vorher alle Zeichnungen ähnlich.",
    try: "Schalte einen Schritt ab. Was ändert sich?",
    photo: {
      title: "Von deinem Bild zu Zahlen",
      lead: "Es bekommt nur Zahlen: wie hell jeder Punkt eines kleinen Rasters ist. Ein paar Schritte bringen vorher Bilder jeder Größe und Form dahin.",
    },
    testImage: "Ein Bild aus dem Datensatz: Nur die letzten Schritte gelten dafür.",
    changed:
      "Die Pixel wurden nach der Vorbereitung geändert, darum gibt es keine Schritte zu sehen.",
    picture: (title, size) => `${title}: ${size === null ? "noch nichts" : `${size} Pixel`}`,
    off: "ohne:",
    on: "mit:",
    nothing: "nichts",
    switched: (answer) => `So geschaltet, liest es: ${answer}.`,
    result: "So bekommt es das Modell",
    windowKeys: "Fenster über dem Bild. Pfeiltasten bewegen es.",
    some: (count, all, squares) =>
      `${count} von ${all} Zahlen, eine für jedes von ${squares} Kästchen.`,
    place: (rows, columns) => `Zeilen ${rows.join("–")}, Spalten ${columns.join("–")}.`,
    numbers: "Die Zahlen im Fenster",
    resized: { title: "Größe", does: "eine für alle" },
    steps: {
      ink: { title: "Tinte", does: "wie gezeichnet" },
      grey: { title: "Grau", does: "Schwarz 0, Weiß 1" },
      rgb: { title: "Farben", does: "Rot, Grün, Blau" },
      fit: { title: "Schnitt", does: "nur wo Tinte ist" },
      stroke: { title: "Stift", does: "Standardstift" },
      center: { title: "Mitte", does: "zentriert" },
      cover: { title: "Schnitt", does: "nur die Mitte" },
      contain: { title: "Rahmen", does: "alles, mit Rand" },
      stretch: { title: "Form", does: "auf die des Rasters" },
      invert: { title: "Umkehr", does: "Hell wird Dunkel" },
      deskew: { title: "Gerade", does: "aufgerichtet" },
      align: { title: "Gerade", does: "aufgerichtet" },
      scale: { title: "Faktor", does: "größere Zahlen" },
      normalize: { title: "Norm", does: "um die 0 herum" },
      bgr: { title: "Folge", does: "Blau, Grün, Rot" },
    },
  },

  // "Falsch? Was hast du gezeichnet?"
  wrong: {
    right: "Das liest es auch.",
    step: (step, label) => `Ohne „${step}“ hätte es deine ${label} erkannt.`,
    without: (step) => `ohne „${step}“`,
    with: "mit",
    seeStep: "Zu diesem Schritt",
    ink: "Blaue Tinte spricht für {right}, orange für {answer}.",
    seeMind: "Was die beiden unterscheidet",
    unlearned: "Es lernt daraus nicht.",
    rare: (label) => `Eine ${label} in dieser Schreibweise hat es nie gesehen.`,
    seeDoubt: "Wann man ihm nicht glauben darf",
  },

  votes: {
    title: "Jedes Pixel stimmt ab",
    lead: "Jede Antwort hat ein Gewicht je Pixel. Tinte mal Gewicht ist eine Stimme, dafür oder dagegen. Die Stimmen und eine Konstante, der Bias, ergeben zusammen die Punkte der Antwort. Diese Summen sind das ganze Modell.",
    leadWays:
      "Jede Antwort hat mehrere Zeilen Gewichte. Tinte mal Gewicht ist eine Stimme, dafür oder dagegen. Die Stimmen einer Zeile und eine Konstante, der Bias, ergeben ihre Punkte. Alle Zeilen einer Antwort ergeben zusammen ihre Prozente.",
    try: "Tippe auf ein Pixel. Wähle eine andere Antwort.",
    choices: "Antwort, die gezeigt wird",
    ink: "Tinte",
    weights: (label) => `Gewichte für ${label}`,
    votes: "Stimmen",
    inkName: "Die Tinte, die das Modell bekommt",
    votesName: (label) => `Stimmen für und gegen ${label}`,
    picture: "Bild",
    keys: "Die Pfeiltasten führen von Pixel zu Pixel.",
    pixel: (row, column, ink, weight, vote) =>
      `Zeile ${row}, Spalte ${column}: Tinte ${ink} × Gewicht ${weight} = Stimme ${vote}`,
    sum: "{plus} − {minus}{bias} = {score} Punkte",
    for: (votes) => `${votes} dafür`,
    against: (votes) => `${votes} dagegen`,
    bias: (bias) => `${bias} Bias`,
    again: "Noch einmal",
    count: (answers, weights, numbers) =>
      `${answers} Antworten × (${weights} Gewichte + 1 Bias) = ${numbers} Zahlen. Du hast sie alle gesehen.`,
    way: (label, way) => `${label} (${way}. Schreibweise)`,
    ways: (label) =>
      `Jede Zeile hat eine Schreibweise von ${label} gelernt. Oben: die, die am besten passt.`,
  },

  percent: {
    title: "Nur die Abstände zählen",
    lead: "Aus Punkten werden Prozente. Jede Punktzahl wächst zu einem Balken: Ein Punkt mehr macht ihn 2,72-mal so hoch. Legt man die Balken aneinander, ist der Anteil jedes Balkens sein Prozentwert. Hebst du alle Punktzahlen gleich an, ändert sich kein Prozentwert.",
    try: "Mach es knapp, dann zieh an einer Punktzahl.",
    height: "Höhe",
    score: "Punkte",
    scoreOf: (label) => `Punkte von ${label}`,
    ahead: (ours, points, theirs) => `${ours} ist ${points} Punkte vor ${theirs}:`,
    taller: (times) => `etwa ${times}-mal so hoch`,
    blank: "Auch leeres Papier bekommt Punkte: die Bias-Werte.",
    close: "Mach es knapp",
    moved: (label, share) => `Mit diesen Punkten wäre die Antwort ${label}, ${share}.`,
    lift: "Alle um 1 erhöhen",
    lifted: "Jeder Balken 2,72-mal so hoch, der Maßstab auch: Kein Stück ändert sich.",
    reset: "Zurücksetzen",
  },

  learning: {
    title: "Es hat aus Fehlern gelernt",
    lead: "Am Anfang sind alle Gewichte 0: Jede Antwort bekommt gleich viel Prozent. Dann, in jedem Schritt ein paar Bilder: die Prozente mit der Wahrheit vergleichen, jeden Fehler mit der Tinte malnehmen und ein wenig davon zu den Gewichten addieren.",
    try: "Drücke auf Trainieren und sieh zu.",
    step: (steps: string) => `Schritt ${steps}`,
    trained: "fertig trainiert",
    weights: (label: string, when: string) => `Gewichte für ${label}, ${when}`,
    curve: (from: string, to: string, steps: string) =>
      `Anteil ungesehener Bilder, die es richtig liest: von ${from} auf ${to} nach ${steps} Schritten`,
    curveNote: (label, images, isOwn) =>
      `${isOwn ? "Deine Gewichte" : "Gewichte"} für ${label}; ein Schritt sind ${images} Bilder. Linie: Anteil neuer Bilder, die es richtig liest.`,
    unloaded: "Die Gewichte seines Trainings ließen sich nicht laden.",
    whatIf: "Was, wenn es eine … wäre?",
    says: (label: string, share: string) => `Es liest ${label}, ${share}.`,
    teach: "Schritte, bis es zustimmt",
    taught: (steps: string, label: string, share: string) =>
      `Nach ${steps} ${steps === "1" ? "Schritt" : "Schritten"} liest es ${label}, ${share}.`,
    believes: "Es glaubt, was man ihm sagt. Der Rest der Seite behält das fertige Modell.",
    empty: "Zeichne etwas und sieh hier, was ein Schritt ändert.",
    error: (share: string) => `Fehler: 1\u00a0−\u00a0${share}`,
    ink: "Tinte",
    rises: (label, error) => `${label} steigt\n×\u00a0${error}`,
    falls: (label, error) => `${label} fällt\n×\u00a0${error}`,
    trainTitle: "Trainiere selbst eines",
    invitation: (size: string) =>
      `Aus dem Nichts, in drei Sekunden, hier im Browser. Lädt ${size} Bilder.`,
    train: "Trainieren",
    back: "Zurück",
    fetching: "Die Bilder werden geladen …",
    training: "Es lernt …",
    failed: "Das Training ist abgebrochen.",
    done: (share: string, images: string) =>
      `Von ${images} neuen Bildern liest deines ${share} richtig.`,
    answer: (label: string, share: string) =>
      `Deine Zeichnung liest es als ${label}, ${share}. Der Rest der Seite behält das fertige Modell.`,
  },

  doubt: {
    title: "Es antwortet immer",
    lead: "Zeichne einen Schirm: Es antwortet, oft sehr sicher. Prozente ergeben immer 100, also gewinnt immer etwas.",
    rule: "Darum sagt ein zweites, kleines Netz, ob eine Zeichnung dem ähnelt, was das Modell gelernt hat. Wenn nicht, steht dort „?“.",
    try: "Zeichne Unsinn. Kannst du es täuschen?",
    file: "was zeigt, wann du zweifeln solltest",
    things: { umbrella: "Schirm", a: "Buchstabe A", house: "Haus" },
    claims: (label, share) => `Das Modell: ${label},\u00a0${share}`,
    fool: {
      title: "Täusche es dreimal",
      first: (kind) =>
        `Zeichne etwas, das nicht ${kind} ist, und drücke. Drei ohne „?“ werden eine Karte zum Weiterschicken.`,
      button: (kind) => `Das ist nicht ${kind}`,
      count: (count: number, of: number) => `Bei ${count} von ${of} hat es nichts gemerkt.`,
      noticed: "Es hat es gemerkt: „?“. Versuch etwas anderes.",
      link: "Deine drei als Link",
    },
    share: (flagged, images) => `${flagged} von ${images}`,
    strange:
      "{count} gedruckten Buchstaben und einfachen Formen bekommen ein „?“, die übrigen gelten als Ziffern",
    right: "Auch {count} richtig gelesenen Ziffern bekommen eines",
    misread: (wrong, drawings) =>
      `Von ${drawings} Zeichnungen von Menschen, deren Schrift es nie gesehen hatte, las es ${wrong} falsch. ({source})`,
    taken: (label, predicted) => `${label}, gelesen: ${predicted}`,
  },

  // The panel of changed pixels.
  mind: {
    title: "Wenige Pixel stimmen es um",
    counted: (count: number) =>
      count === 1 ? "1 Pixel stimmt es um" : `${count} Pixel stimmen es um`,
    lead: "Die Stimmen für die Antwort minus die für eine andere Antwort: Das unterscheidet die beiden. Die meisten Pixel zählen kaum, wenige entscheiden.",
    try: "Radiere die markierten aus oder such dir andere.",
    empty: "Zeichne etwas und sieh hier, wie wenige Pixel entscheiden.",
    gridName:
      "Was das Modell sieht. Die Pfeiltasten gehen von Pixel zu Pixel, die Leertaste radiert eines aus.",
    place: (row: string, column: string, ink: string) =>
      `Zeile ${row}, Spalte ${column}: Tinte ${ink}.`,
    moves: (ours: string, theirs: string, gain: string) =>
      `Ausradiert bringt es ${ours} um ${gain} gegenüber ${theirs} voran.`,
    nothing: "Hier ist nichts auszuradieren.",
    flips: (count: number, label: string, how) =>
      `Ohne ${count === 1 ? "das" : `die ${count}`} ${how === "marked" ? "markierte" : "ausradierte"}${count === 1 ? "" : "n"} Pixel liest es ${label}.`,
    fewest: (label: string) => `Weniger machen keine ${label} daraus.`,
    impossible: (label: string) => `Durch Radieren fand sich kein Weg zu ${label}.`,
    why: (answer: string, goal: string) => `Warum ${answer} und nicht ${goal}`,
    votes: (answer: string, goal: string) => `Stimmen für ${answer} minus Stimmen für ${goal}`,
    says: (label: string) => `{colour} sagt ${label}.`,
    blue: "Blau",
    orange: "Orange",
    erase: (count: number) => (count === 0 ? "Ausradieren" : `${count} Pixel ausradieren`),
    caption: (base: string | null, count: number) =>
      `${base ?? "Diese Zeichnung"}, ${count} Pixel geändert`,
  },

  quality: {
    withheld:
      "Wem dieses Modell gehört, veröffentlicht keine Bilder seiner Daten. Darum gibt es hier kein Testbild zum Ausprobieren " +
      "und kein Training.",
    evaluation: "die Auswertung",
    passed: "bestanden",
    failed: "nicht bestanden",
    to: (low: string, high: string) => `${low}\u00a0bis\u00a0${high}`,
    kind: (noun: string | null) =>
      ({ digit: "eine Ziffer", letter: "ein Buchstabe", shape: "eine Form" })[noun ?? ""] ??
      "etwas davon",
    closest: (label: string, kind: string) => [
      `Am ehesten ${label},`,
      `sieht aber nicht aus wie ${kind}.`,
    ],
    often: (right: string, of: string) =>
      `Ist es eine Ziffer, stimmt das in ${right} von ${of} Fällen.`,
    recognized: (right: string, of: string) => `Von ${of} solchen Bildern erkennt es ${right}.`,
    summary: {
      title: "Bei Testbildern",
      trained: (training: string, images: string) =>
        `Das Modell wurde mit ${training} Bildern trainiert und dann mit ${images} anderen getestet, die es nie gesehen hatte.`,
      helped: (drawn: string) =>
        `${drawn} der Trainingsbilder sind mit Stiften auf Bildschirme geschrieben, die Testbilder alle aus MNIST.`,
      tested: (images: string) => `Das Modell wurde mit ${images} Bildern getestet.`,
      interval: "Mit 95\u00a0% Sicherheit liegt die wahre Trefferquote im Intervall (nach Wilson).",
      measured: (images: string) => `Gemessen an ${images} Testbildern`,
      correct: "richtig",
      accuracy: "Trefferquote",
      range: "95-%-Intervall",
      download: "Download",
    },
    drawings: {
      title: "Bei Zeichnungen",
      source: (drawings: string, writers: string) =>
        `Es las auch ${drawings} Ziffern, die ${writers} Menschen mit Stiften auf Bildschirme geschrieben haben und die es nicht kannte.`,
      surer: (right: string, said: string) =>
        `Bei ${right} lag es richtig, und im Schnitt gab es ${said} an: Bei Zeichnungen ist es sich sicherer, als es sein sollte.`,
      fair: (right: string, said: string) =>
        `Bei ${right} lag es richtig, und im Schnitt gab es ${said} an: Es ist sich etwa so sicher, wie es recht hat.`,
      humbler: (right: string, said: string) =>
        `Bei ${right} lag es richtig, und im Schnitt gab es ${said} an: Es könnte sich sicherer sein.`,
      confidence: (drawings: string, points: string) =>
        `Die Angabe neben deiner Zeichnung („in 9 von 10 Fällen“) ist an Ziffern anderer Menschen eingestellt und verspricht ` +
        `eher zu wenig als zu viel. Bei diesen ${drawings} Ziffern irrt sie im Schnitt um ${points} Prozentpunkte.`,
      measured: (drawings: string) => `Gemessen an ${drawings} Zeichnungen`,
      said: "angegeben, im Schnitt",
    },
    matrix: {
      title: "Verwechslungen",
      corner: "wahr ↓ gelesen →",
      caption:
        "Wie viele Testbilder jeder wahren Klasse (Zeilen) als welche Klasse (Spalten) gelesen wurden",
      taken: (label: string, predicted: string) => `${label} gelesen als ${predicted}`,
      frequent: "Die häufigsten Fehler",
      explains: (total: string) =>
        `${total} ${total === "1" ? "Testbild wurde" : "Testbilder wurden"} falsch gelesen. Die richtigen stehen auf der Diagonale.`,
      choose: "Wähle einen, um seine Bilder zu sehen.",
      found: (count: number, images: string, taken: string) =>
        `${count === 1 ? "1 Testbild" : `${images} Testbilder`}: ${taken}`,
    },
    gallery: {
      images: (size: string) => `die Bilder (${size})`,
      hint: "Die gelesene Klasse, und wie sicher das Modell war. Drück auf ein Bild, um es auf das Feld zu legen.",
      send: (answer: string, image: string) => `${answer}: auf das Feld legen: ${image}`,
      missing: (count: string) =>
        `Es gab ${count} weitere, deren Bilder hier nicht gespeichert sind.`,
    },
    gates: {
      title: "Bedingungen für die Veröffentlichung",
      unmeasured: "nicht gemessen",
      explains:
        "Ein Modell, das eine davon verfehlt, wird nicht veröffentlicht. Erläuterungen wie im Manifest, auf Englisch.",
      caption: "Bedingungen",
      nameOf: (gate) => GATES[gate] ?? gate,
      columns: ["Bedingung", "Erreicht", "Verlangt", "Ergebnis"],
    },
    formats: {
      title: "Die Formate",
      caption: "Jedes Format, von jeder Laufzeit ausgeführt, verglichen mit Keras",
      columns: [
        "Format",
        "Größe",
        "Ausgeführt von",
        "Trefferquote",
        "Gleiche Antwort",
        "Größter Unterschied",
        "Grenze",
        "Ergebnis",
      ],
      here: "von dieser Seite geladen",
      runtimes: {
        tfjs: "TensorFlow.js",
        dense: "dieser Seite",
        onnxruntime: "onnxruntime",
        LiteRT: "LiteRT",
      },
      all: "allen",
      compared: (samples: string, version: string) =>
        `Vor der Veröffentlichung lief jedes Format auf ${samples} Testbildern, mit unverändertem TensorFlow.js ${version} und, wo ` +
        "möglich, mit dem Code dieser Seite, und wurde mit Keras verglichen. Kleinere Formate runden die Gewichte, darum ist " +
        "ihre Grenze höher.",
      notCompared: "Diese Formate wurden nicht mit Keras verglichen.",
      checks: "Das Modell prüft sich selbst auf deinem Gerät:",
      checked: (agreed: string, count: string) =>
        `${agreed} von ${count} Antworten sind die von Keras.`,
    },
  },

  // The visitor's own classes.
  own: {
    names: [
      "Haus",
      "Baum",
      "Sonne",
      "Fisch",
      "Stern",
      "Boot",
      "Tasse",
      "Schlüssel",
      "Wolke",
      "Vogel",
    ],
    drawings: "Diese Seite ist für Modelle, die Zeichnungen lesen. Das hier liest keine.",
    question: "Was ist es? Drück auf + unter dem Namen: Die Zeichnung wird ein Beispiel dafür.",
    drawFirst: "Die Zeichenfläche ist leer. Zeichne zuerst etwas.",
    added: (name: string, count: number) =>
      count === 1 ? `${name} hat die erste Zeichnung.` : `${name} hat jetzt ${count} Zeichnungen.`,
    reads: (name: string, share: string) => `Es liest das als ${name}, ${share}.`,
    list: {
      name: (number: number) => `Name der Klasse ${number}`,
      add: (name: string) => `${name}: diese Zeichnung hinzufügen`,
      none: "Noch keine Zeichnung.",
      noWeights: (name: string) => `Gewichte von ${name}: noch nichts gelernt`,
      weights: (name: string) =>
        `Gewichte von ${name}: blau, wo Tinte dafür zählt, orange, wo sie dagegen zählt`,
      removeClass: (name: string) => `${name} mit allen Zeichnungen entfernen`,
      removeExample: (number: number, name: string) => `Zeichnung ${number} von ${name} entfernen`,
    },
    removed: "Entfernt. „Änderung zurücknehmen“ bringt es wieder.",
    addClass: "Neue Klasse",
    undo: "Änderung zurücknehmen",
    undone: "Zurückgenommen.",
    learnFirst: "Sobald zwei Klassen eine Zeichnung haben, lernt es sie sofort.",
    learned: (count: number, ms: string) =>
      `Aus ${count} Zeichnungen gelernt, in ${ms}\u00a0ms. Die Gewichte sind die Bilder neben den Namen: Tinte auf Blau zählt für ` +
      "den Namen, auf Orange dagegen. Was du auch zeichnest: Es kann nur mit einem deiner Namen antworten.",
    kept: "Deine Zeichnungen bleiben in diesem Tab, bis du ihn schließt. Auch neu laden schadet ihnen nicht.",
    notKept:
      "Dieser Browser lässt die Seite deine Zeichnungen nicht behalten: Wenn du neu lädst oder den Tab schließt, sind sie weg.",
    linked:
      "Diese Klassen kamen mit dem Link. „Änderung zurücknehmen“ bringt wieder, was vorher hier war.",
    unreadable: "Hier sind Klassen, die diese Seite nicht lesen kann. Sie bleiben unbeachtet.",
    take: {
      title: "Nimm es mit",
      link: "Ein Link",
      linkNote:
        "Namen und Zeichnungen stehen in der Adresse selbst, nach dem #. Diesen Teil schickt kein Browser an einen Server.",
      model: "Auf deiner Seite",
      modelNote:
        "Das Archiv enthält das Modell: Dateien für TensorFlow.js, mit Manifest. Entpacke es neben deiner Seite, auf einem Webserver.",
      saveModel: "Modell herunterladen (.zip)",
    },
  },

  tryOut: {
    title: "Probier es aus",
    lead: "Zeichne, dreh an den Reglern und kopiere den Code darunter: Er macht genau dieses Feld.",
    explain: "Antwort erklären",
    own: "wie die Seite",
    theme: "Farben",
    light: "hell",
    dark: "dunkel",
    language: "Sprache",
    labels: "Namen",
  },

  use: {
    thing: "Zeichenfeld",
    photoThing: "Bilderkennung",
    code: "Code zum Kopieren",
    downloads: "Downloads",
    copy: {
      button: "Kopieren",
      of: (title: string) => `Kopieren: ${title}`,
      done: "Kopiert.",
      selected: "Markiert. Kopiere es mit der Tastatur oder dem Kontextmenü.",
    },
    // Where the lines to copy lead. Code stands between backticks.
    notThereYet: (base: string) =>
      `Die Zeilen unten nennen \`${base}\`, wo diese Seite einmal liegen soll. Sie gehen, sobald sie dort ist.`,
    onlyHere: (base: string) =>
      `Die Zeilen unten nennen \`${base}\`, was nur dieser Rechner erreicht: Zum Ausprobieren hier starte \`pipeline serve --cors\`. Setz auf deiner Seite die Adresse ein, unter der ` +
      "du diese Seite anbietest. Oder veröffentliche mit `pipeline build --base-url https://example.org/site/`: Dann nennen sie " +
      "diese Adresse.",
    // Ways of using the model.
    pad: {
      title: "Eine Zeichenfläche, festgelegt",
      note:
        "Was zwischen seinen Tags steht, ist zu sehen, bis das Modell geladen ist, und wenn es nicht geladen werden kann. Der " +
        "Stil hält ihm den Platz frei, damit sich auf deiner Seite nichts verschiebt, wenn es kommt.",
      pinned:
        "Was auch mit dieser Website geschieht: Deine Seite führt diesen Code und dieses Modell aus, oder keins von beiden.",
    },
    latest: { title: "Immer die neueste Version" },
    frame: {
      title: "In einem Frame",
      note:
        "Für Editoren, die keine Skripte erlauben: Der Frame geht auch ohne, in fester Höhe. Mit dem Skript ist er so hoch wie " +
        "sein Inhalt. Er zeigt die aktuelle Version. Ist diese Website nicht erreichbar, zeigen Browser im Frame einen Fehler " +
        "oder nichts: Die Zeile darunter sagt, was fehlt.",
    },
    pinned: {
      title: "In einem Frame, festgelegt",
      note: "Der Inhalt des Frames steht in deiner eigenen Seite und hat keinen Zugriff auf sie.",
      pinned: "Er führt diesen Code und dieses Modell aus, oder keins von beiden.",
    },
    load: {
      title: "Dein eigener Canvas, dein eigenes Bild",
      note: "Es prüft jede Datei, bereitet die Zeichnung vor wie diese Seite und nimmt Canvas, Bild, Blob oder Pixel.",
      pinned:
        "Import-Map und Skript braucht es beide: Jedes gilt, wo ein Browser das andere nicht beachtet.",
    },
    bundler: {
      title: "Mit einem Bundler",
      note:
        "Bau das Paket mit „make package“ und installiere die Datei: „npm install ./dist/sketch-classifier-….tgz“. Es liegt in " +
        "keiner Registry.",
    },
    tfjs: { title: "Mit TensorFlow.js allein" },
    graph: { title: "Als Graph-Modell" },
    keras: { title: "In Python, mit Keras" },
    pinsCodeAlone:
      "Das legt nur den Code fest: Die Prüfsumme des Manifests ließ sich hier nicht berechnen. Über https geht es.",
    // Inside the code.
    belongs: (thing: string) =>
      `Hierher gehört: ${thing}. Erscheint hier nichts, konnte es nicht geladen werden, oder JavaScript ist aus.`,
    comesFrom: (thing: string, link: string) =>
      `${thing}, von ${link}.\n  Ist hier nichts zu sehen, ist diese Website nicht erreichbar.`,
    yourImage: "dein vorbereitetes Bild",
    takes: (shape: string) =>
      `Es nimmt einen Tensor der Form ${shape}. Das Manifest nennt die Schritte, in denen ein Bild dazu wird.`,
    // Downloads.
    filesOf: "Dateien dieser Version",
    what: "Was",
    which: "Dateien",
    format: (call: string, dtype: string) => `${call}, Gewichte als ${dtype}`,
    files: {
      keras: { title: "Keras", purpose: "das trainierte Modell, für keras.saving.load_model" },
      evaluation: {
        title: "Auswertung",
        purpose: "jede Zahl aus „Wie gut es ist“, mit allen Fehlern",
      },
      history: {
        title: "Verlauf des Trainings",
        purpose: "Verlust und Genauigkeit nach jeder Epoche",
      },
      reference: {
        title: "Antworten zum Vergleich",
        purpose:
          "Testbilder mit den Wahrscheinlichkeiten von Keras, um andere Umsetzungen zu prüfen",
      },
    },
    about: {
      title: "Beschreibung",
      purpose: "die Modellkarte, und das Manifest mit allen Prüfsummen",
    },
    // Whose work it is made from; empty where nobody said so.
    trainedOn: (data: string, makers: string, terms: string) =>
      `Trainiert mit ${data}${makers && ` von ${makers}`}${terms && ` (${terms})`}.`,
    license: (license: string) => `Die Lizenz des Modells ist ${license}.`,
    rest: {
      title: "Wo alles Weitere steht",
      lead:
        "Eigene Farben und Texte, andere Sprachen, Formulare, Ereignisse, Frames, React, Vue und Svelte, p5.js und Notebooks, " +
        "Passwörter, Signaturen, Content-Security-Policy und Header, dazu jedes Attribut, jedes Ereignis, jede Methode und jeder " +
        "CSS-Teil: Das alles beschreibt, mit Beispielen und auf Englisch, die Dokumentation von keras-web-pipeline, mit dem diese " +
        "Website gemacht ist:",
    },
  },
};
