"""The model card in German, in the words of the page: web/src/page/languages/de.ts."""

from pipeline.versions.card.language import Language

_NOUNS = {  # of a manifest, after "die je"
    "character": "ein Zeichen",
    "digit": "eine Ziffer",
    "drawing": "eine Zeichnung",
    "letter": "einen Buchstaben",
    "number": "eine Zahl",
    "shape": "eine Form",
    "symbol": "ein Symbol",
}

_TEXTS = {
    # What the model is.
    "A {kind}{size}{does}": "Ein {kind}{size}{does}",
    "linear Keras model (one dense layer and a softmax)": "lineares Keras-Modell (eine Dense-Schicht und ein Softmax)",
    "Keras model": "Keras-Modell",
    " with {parameters} parameters": " mit {parameters} Parametern",
    " that classifies images of {width} × {height} pixels{channels}{nouns} into {classes} classes: {labels}": (
        ", das Bilder von {width} × {height} Pixeln{channels}{nouns} einer von {classes} Klassen zuordnet: {labels}"
    ),
    " in {channels} channels": " mit {channels} Kanälen",
    ", each of one {noun},": ", die je {noun} zeigen,",
    "It runs in the browser, using the files next to this card.": (
        "Es läuft im Browser, mit den Dateien neben dieser Karte."
    ),
    "Model `{name}`, version `{version}`, created {created}.": (
        "Modell `{name}`, Version `{version}`, erstellt {created}."
    ),
    "The weights of each class as an image": "Die Gewichte jeder Klasse als Bild",
    "In class order, five per row.": "In der Reihenfolge der Klassen, fünf in jeder Zeile.",
    "One weight per pixel and class. Blue: ink there is evidence for the class. Orange: evidence against it.": (
        "Ein Gewicht je Pixel und Klasse. Blau: Tinte spricht dort für die Klasse. Orange: Sie spricht dort dagegen."
    ),
    # How good it is.
    "Results": "Ergebnisse",
    "Test accuracy **{accuracy}** (95 % interval {low} to {high}) on {images} test images; loss {loss}.": (
        "Trefferquote **{accuracy}** (95-%-Intervall {low} bis {high}) bei {images} Testbildern; Verlust {loss}."
    ),
    "class": "Klasse",
    "precision": "Precision",
    "recall": "Recall",
    "test images": "Testbilder",
    # How often it is right.
    "Confidence": "Zuversicht",
    "Probabilities are those of Keras. How often such an answer is right is its confidence: the largest of the "
    "probabilities, each raised to the power of 1 / {temperature}, over their sum.": (
        "Die Wahrscheinlichkeiten sind die von Keras. Wie oft eine solche Antwort stimmt, sagt die Zuversicht: die "
        "größte der Wahrscheinlichkeiten, jede hoch 1 / {temperature}, durch ihre Summe."
    ),
    "It is at most {ceiling}: its surest answers are right no more often.": (
        "Sie ist höchstens {ceiling}: Öfter stimmen auch die sichersten Antworten nicht."
    ),
    "The temperature was fitted on {images} digits that a program drew.": (
        "Die Temperatur wurde an {images} Ziffern bestimmt, die ein Programm gezeichnet hat."
    ),
    "The temperature was fitted on {images} validation images.": (
        "Die Temperatur wurde an {images} Validierungsbildern bestimmt."
    ),
    "The temperature was fitted on {images} of the test images.": (
        "Die Temperatur wurde an {images} der Testbilder bestimmt."
    ),
    "Of {images} others, by other hands, {accuracy} are read correctly, with a confidence of {mean} on average.": (
        "Von {images} anderen, von anderen Händen, werden {accuracy} richtig gelesen, mit einer Zuversicht von "
        "durchschnittlich {mean}."
    ),
    "Of {images} test images that it was not fitted on, {accuracy} are recognized, with a confidence of {mean} on "
    "average.": (
        "Von {images} Testbildern, an denen sie nicht bestimmt wurde, werden {accuracy} erkannt, mit einer Zuversicht "
        "von durchschnittlich {mean}."
    ),
    "It is off by {points} percentage points on average (expected calibration error), the largest probability by "
    "{before}.": (
        "Sie irrt um durchschnittlich {points} Prozentpunkte (erwarteter Kalibrierungsfehler), die größte "
        "Wahrscheinlichkeit um {before}."
    ),
    "Gates": "Bedingungen für die Veröffentlichung",
    "gate": "Bedingung",
    "value": "Wert",
    "limit": "Grenze",
    "result": "Ergebnis",
    "meaning": "Bedeutung",
    "passed": "bestanden",
    "failed": "nicht bestanden",
    # What is in its folder.
    "Files": "Dateien",
    "format": "Format",
    "bytes": "Bytes",
    "stored as": "Gespeichert als",
    "file": "Datei",
    "contents": "Inhalt",
    "the model as saved by Keras": "das Modell, wie Keras es speichert",
    "its layers; Keras loads this whole folder by this file and the next two": (
        "seine Schichten; Keras lädt diesen ganzen Ordner anhand dieser Datei und der nächsten zwei"
    ),
    "the release of Keras that saved it": "die Version von Keras, die es gespeichert hat",
    "its weights, as Keras saves them": "seine Gewichte, wie Keras sie speichert",
    "the results on the test images, including every mistake": "die Ergebnisse bei den Testbildern, mit allen Fehlern",
    "what is like the images of a class, by a rule, and how often that is wrong": (
        "was nach einer Regel den Bildern einer Klasse gleicht, und wie oft die Regel irrt"
    ),
    "the means and principal directions that the rule uses, one byte each": (
        "die Mittelwerte und Hauptrichtungen, die die Regel verwendet, je ein Byte"
    ),
    "loss and accuracy after every epoch": "Verlust und Trefferquote nach jeder Epoche",
    "the weights after every epoch, one byte each (their scale is in history.json)": (
        "die Gewichte nach jeder Epoche, je ein Byte (ihre Skala steht in history.json)"
    ),
    "the weights after the first steps, likewise": "die Gewichte nach den ersten Schritten, ebenso",
    "the training images that moved the weights most, and by how much": (
        "die Trainingsbilder, die die Gewichte am meisten verschoben haben, und um wie viel"
    ),
    "their pixels as the model was trained on them, one byte each, compressed with gzip": (
        "ihre Pixel, so wie das Modell mit ihnen trainiert wurde, je ein Byte, mit gzip komprimiert"
    ),
    "test images to try: their labels and the answers from Keras": (
        "Testbilder zum Ausprobieren: ihre Beschriftungen und die Antworten von Keras"
    ),
    "their pixels, one byte each, compressed with gzip": "ihre Pixel, je ein Byte, mit gzip komprimiert",
    "the pixels of the misclassified images, likewise, in the order of evaluation.json": (
        "die Pixel der falsch eingeordneten Bilder, ebenso, in der Reihenfolge von evaluation.json"
    ),
    "training images of each class, and after them their labels, one byte each, likewise": (
        "Trainingsbilder jeder Klasse und danach ihre Beschriftungen, je ein Byte, ebenso"
    ),
    "images that the training held out, likewise": "Bilder, die beim Training zurückgehalten wurden, ebenso",
    "all images that it was trained on, likewise, in the order of the training": (
        "alle Bilder, mit denen es trainiert wurde, ebenso, in der Reihenfolge des Trainings"
    ),
    "the weights as an image": "die Gewichte als Bild",
    "Before publication, the model was run in JavaScript and compared with Keras (tfjs {tfjs}, node {node}):": (
        "Vor der Veröffentlichung wurde das Modell in JavaScript ausgeführt und mit Keras verglichen (tfjs {tfjs}, "
        "node {node}):"
    ),
    "engine": "Ausgeführt von",
    "samples": "Testbilder",
    "largest difference": "Größter Unterschied",
    "agreement": "Gleiche Antwort",
    "accuracy": "Trefferquote",
    "Not compared with Keras: `{format}`.": "Nicht mit Keras verglichen: `{format}`.",
    "Not written: `{format}`: {reason}": "Nicht exportiert: `{format}`: {reason}",
    # How images are prepared.
    "Preprocessing": "Vorbereitung",
    "For a drawing:": "Für eine Zeichnung:",
    "For a drawing, before the steps below:": "Für eine Zeichnung, vor den Schritten weiter unten:",
    "For an image from the data set:": "Für ein Bild aus dem Datensatz:",
    "convert the drawing to ink between 0 and 1, whatever the colors of pen and paper": (
        "die Zeichnung in Tinte zwischen 0 und 1 umrechnen, welche Farben Stift und Papier auch haben"
    ),
    "take the brightness of each pixel, composited over `background`: 0 for black, 1 for white": (
        "die Helligkeit jedes Pixels nehmen, über `background` gelegt: 0 ist Schwarz, 1 ist Weiß"
    ),
    "take the red, green and blue of each pixel, composited over `background`, in 0 to 1": (
        "Rot, Grün und Blau jedes Pixels nehmen, über `background` gelegt, von 0 bis 1"
    ),
    "crop to the ink and scale the longer side to `box` pixels": (
        "auf die Tinte zuschneiden und die längere Seite auf `box` Pixel bringen"
    ),
    "redraw the strokes with a pen `width` wide, as a fraction of the longer side; bolder strokes are thinned by the "
    "fraction `thinning` of the difference": (
        "die Striche mit einem Stift der Breite `width` nachzeichnen, einem Anteil der längeren Seite; dickere Striche "
        "werden um den Anteil `thinning` des Unterschieds dünner"
    ),
    "move the center of mass to the center of the image": "den Schwerpunkt in die Mitte des Bildes rücken",
    "crop the largest centered part with the ratio of `height` and `width`, and average it to that size": (
        "den größten mittleren Teil mit dem Seitenverhältnis von `height` und `width` ausschneiden und durch Mitteln "
        "auf diese Größe bringen"
    ),
    "average the whole image to fit, centered, in `height` and `width`, with `background` around it": (
        "das ganze Bild durch Mitteln in `height` und `width` einpassen, zentriert und mit `background` darum herum"
    ),
    "average the whole image to `height` and `width`, ignoring its aspect ratio": (
        "das ganze Bild durch Mitteln auf `height` und `width` bringen, ohne sein Seitenverhältnis zu wahren"
    ),
    "replace each value x by 1 − x": "jeden Wert x durch 1 − x ersetzen",
    "shear the image upright, based on its second moments": (
        "das Bild anhand seiner zweiten Momente scheren, bis es aufrecht steht"
    ),
    "shear the image upright and stretch it, by at most `limit`, so that its ink has the same spread in `height` and "
    "`width` (standard deviations, as fractions of the sides)": (
        "das Bild scheren, bis es aufrecht steht, und um höchstens `limit` strecken, bis seine Tinte so weit streut, "
        "wie `height` und `width` sagen (Standardabweichungen, als Anteile der Seiten)"
    ),
    "multiply every pixel by `factor`": "jedes Pixel mit `factor` multiplizieren",
    "subtract `mean` from every pixel and divide by `deviation`, each one number or one per channel": (
        "von jedem Pixel `mean` abziehen und durch `deviation` teilen, jeweils eine Zahl oder eine je Kanal"
    ),
    "reorder the channels to blue, green, red": "die Kanäle in die Reihenfolge Blau, Grün, Rot bringen",
    "concatenate the rows": "die Zeilen aneinanderhängen",
    "append a channel axis of size 1": "eine Achse der Länge 1 für den Kanal anhängen",
    # How to use it.
    "How to use it": "Verwendung",
    "On a page of the published site (paths are relative to that page); images are preprocessed as above:": (
        "Auf einer Seite der veröffentlichten Website (Pfade gelten von dieser Seite aus); Bilder werden wie oben "
        "vorbereitet:"
    ),
    "or, to pin this version": "oder, um diese Version festzulegen",
    "With stock TensorFlow.js, the layers-model in this folder:": (
        "Mit TensorFlow.js allein, das Layers-Modell in diesem Ordner:"
    ),
    "With stock TensorFlow.js, the graph-model in this folder:": (
        "Mit TensorFlow.js allein, das Graph-Modell in diesem Ordner:"
    ),
    "With {runtime} in Python, its file in this folder:": "Mit {runtime} in Python, dessen Datei in diesem Ordner:",
    "`input` holds the preprocessed values, row by row": "`input` enthält die vorbereiteten Werte, Zeile für Zeile",
    "In Python:": "In Python:",
    "or this folder; on the Hub": "oder dieser Ordner; auf dem Hub",
    # Where it comes from.
    "Training": "Training",
    "fact": "Angabe",
    "epochs": "Epochen",
    "batch size": "Batchgröße",
    "seed": "Seed",
    "training images": "Trainingsbilder",
    "validation images": "Validierungsbilder",
    "device": "Gerät",
    "strategy": "Verfahren",
    "seconds": "Sekunden",
    "The resolved recipe:": "Das vollständige Rezept:",
    "Origin": "Herkunft",
    "The model was trained elsewhere and taken over from the file {file} (SHA-256 over its content: `{digest}`).": (
        "Das Modell wurde anderswo trainiert und aus der Datei {file} übernommen (SHA-256 ihres Inhalts: `{digest}`)."
    ),
    " It returned logits, so a softmax was appended.": " Es lieferte Logits, deshalb wurde ein Softmax angehängt.",
    " How it was trained is not known here.": " Wie es trainiert wurde, ist hier nicht bekannt.",
    "Provenance": "Daten und Software",
    "data": "Daten",
    "{name} ({train} train, {test} test images), from {source}": (
        "{name} ({train} Trainings- und {test} Testbilder), Quelle: {source}"
    ),
    "; a program drew {drawn} of the training images": "; {drawn} der Trainingsbilder hat ein Programm gezeichnet",
    "data SHA-256": "SHA-256 der Daten",
    "commit": "Commit",
    "License": "Lizenz",
    "The model is licensed under {license}.": "Die Lizenz des Modells ist {license}.",
    "Trained on {data}": "Trainiert mit {data}",
    "Measured on {data}": "Gemessen an {data}",
    " by {makers}": " von {makers}",
    "How to cite": "Zitieren",
    # What it cannot do.
    "Limitations": "Einschränkungen",
    "Its accuracy was not measured at export.": "Seine Trefferquote wurde beim Export nicht gemessen.",
    "It misclassified {wrong} of the {images} test images.": (
        "Von den {images} Testbildern hat es {wrong} falsch eingeordnet."
    ),
    "The class it misses most often is {label}: it recognizes {share} of its {images} test images.": (
        "Am häufigsten verfehlt es die Klasse {label}: Von ihren {images} Testbildern erkennt es {share}."
    ),
    "Its least reliable answer is {label}: {share} of the test images that get this answer belong to the class.": (
        "Seine unzuverlässigste Antwort ist {label}: Von den Testbildern, die diese Antwort bekommen, gehören {share} "
        "zu der Klasse."
    ),
    "Its probabilities are off by {points} percentage points on average (expected calibration error).": (
        "Seine Wahrscheinlichkeiten weichen im Mittel um {points} Prozentpunkte ab (der erwartete Kalibrierungsfehler)."
    ),
    "These numbers apply to images like the test images; it was not measured on other images.": (
        "Diese Zahlen gelten für Bilder wie die Testbilder; an anderen Bildern wurde es nicht gemessen."
    ),
    "`{format}` disagrees with Keras on {share} of {images} images ({engine}).": (
        "`{format}` antwortet bei {share} von {images} Bildern anders als Keras ({engine})."
    ),
    "It knows {classes} classes and assigns everything, even a scribble, to one of them.": (
        "Es kennt {classes} Klassen und ordnet alles, auch Gekritzel, einer davon zu."
    ),
    "The gate “{gate}” failed.": "Die Bedingung „{gate}“ ist nicht erfüllt.",
}


def _noun(noun: str) -> str:
    return _NOUNS.get(noun, f"„{noun}“")


LANGUAGE = Language(
    code="de",
    link="Auf Deutsch",
    texts=_TEXTS,
    marks={",": ".", ".": ",", " ": "\u00a0"},  # 1.234,5 and, before %, a space at which no line ends
    noun=_noun,
)
