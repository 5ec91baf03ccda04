// The element's words in other languages than English, fetched where a page is in one of them.
import type { Texts } from "./texts.ts";

interface Words extends Texts {
  /** Hints for what is drawn, as manifests call it. */
  readonly hints: Readonly<Record<string, string>>;
  /** Sentences for a drawing that is unlike them. */
  readonly unlikes: Readonly<Record<string, string>>;
}

const WORDS: Readonly<Record<string, Words>> = {
  de: {
    pad: "Zeichenfeld. Zeichne mit Finger, Stift, Maus oder Pfeiltasten. Die Leertaste senkt und hebt den Stift.",
    hint: "Hier zeichnen",
    hints: { digit: "Zeichne eine Ziffer" },
    tap: "Erst antippen",
    undo: "Zurück",
    clear: "Löschen",
    choose: "Bild wählen",
    photo: "Bild wählen, einfügen oder hierher ziehen",
    unreadable: "Dieses Bild lässt sich nicht lesen.",
    loading: "Das Modell wird geladen: {percent}",
    failed: "Das Modell konnte nicht geladen werden.",
    retry: "Noch einmal",
    answers: "Wahrscheinlichkeit jeder Antwort",
    answer: "{label}, {percent}",
    alone: "{label}, sonst kommt nichts in Frage",
    then: "{label}, dann {next}",
    often: "Ist es eine Ziffer, stimmt das {right}-mal von {of}",
    recognized: "Von {of} solchen erkennt es {right}",
    unlike: "Das ist nichts, was ich kenne",
    unlikes: { digit: "Das ist keine Ziffer, die ich kenne" },
    expired: "Vielleicht veraltet: Bis {date} sollte es erneuert werden.",
    blank: "Das Zeichenfeld ist leer.",
    picture: "Was das Modell sieht",
    for: "Für {label}",
    against: "Gegen {label}",
  },
  fr: {
    pad: "Zone de dessin. Dessinez avec le doigt, un stylet, la souris ou les flèches. Espace abaisse ou lève le stylet.",
    hint: "Dessinez ici",
    hints: { digit: "Dessinez un chiffre" },
    tap: "Touchez d’abord",
    undo: "Annuler",
    clear: "Effacer",
    choose: "Choisir une image",
    photo: "Choisissez, collez ou déposez une image",
    unreadable: "Cette image n’a pas pu être lue.",
    loading: "Chargement du modèle : {percent}",
    failed: "Le modèle n’a pas pu être chargé.",
    retry: "Réessayer",
    answers: "Probabilité de chaque réponse",
    answer: "{label}, {percent}",
    alone: "{label}, rien d’autre ne s’en approche",
    then: "{label}, puis {next}",
    often: "Si c’est un chiffre : {right} sur {of} bien lus",
    recognized: "{right} sur {of} comme celle-ci sont reconnues",
    unlike: "Je ne connais rien de pareil",
    unlikes: { digit: "Je ne connais aucun chiffre pareil" },
    expired: "Peut-être périmé : à renouveler avant le {date}.",
    blank: "La zone de dessin est vide.",
    picture: "Ce que voit le modèle",
    for: "Pour {label}",
    against: "Contre {label}",
  },
  es: {
    pad: "Área de dibujo. Dibuja con el dedo, un lápiz, el ratón o las flechas. Espacio baja o levanta el lápiz.",
    hint: "Dibuja aquí",
    hints: { digit: "Dibuja una cifra" },
    tap: "Toca primero",
    undo: "Deshacer",
    clear: "Borrar",
    choose: "Elegir una imagen",
    photo: "Elige, pega o arrastra una imagen",
    unreadable: "No se pudo leer esa imagen.",
    loading: "Cargando el modelo: {percent}",
    failed: "No se pudo cargar el modelo.",
    retry: "Reintentar",
    answers: "Probabilidad de cada respuesta",
    answer: "{label}, {percent}",
    alone: "{label}, nada más se acerca",
    then: "{label}, luego {next}",
    often: "Si es una cifra, {right} de {of} se leen bien",
    recognized: "{right} de {of} como esta se reconocen",
    unlike: "No se parece a nada que conozca",
    unlikes: { digit: "No se parece a ninguna cifra que conozca" },
    expired: "Quizá no esté al día: debía renovarse antes del {date}.",
    blank: "El área de dibujo está vacía.",
    picture: "Lo que ve el modelo",
    for: "A favor de {label}",
    against: "En contra de {label}",
  },
  ar: {
    pad: "لوحة رسم. ارسم بالإصبع أو القلم أو الفأرة أو مفاتيح الأسهم. مفتاح المسافة يخفض القلم أو يرفعه.",
    hint: "ارسم هنا",
    hints: { digit: "ارسم رقمًا" },
    tap: "انقر أولًا",
    undo: "تراجع",
    clear: "مسح",
    choose: "اختيار صورة",
    photo: "اختر صورة أو ألصقها أو أفلتها هنا",
    unreadable: "تعذّرت قراءة هذه الصورة.",
    loading: "يجري تحميل النموذج: {percent}",
    failed: "تعذّر تحميل النموذج.",
    retry: "إعادة المحاولة",
    answers: "احتمال كل إجابة",
    answer: "{label}، {percent}",
    alone: "{label}، ولا شيء آخر يقاربه",
    then: "{label}، ثم {next}",
    often: "إن كان رقمًا، تُقرأ {right} من كل {of} قراءة صحيحة",
    recognized: "تُعرَف {right} من كل {of} صور كهذه",
    unlike: "هذا لا يشبه شيئًا أعرفه",
    unlikes: { digit: "هذا لا يشبه أي رقم أعرفه" },
    expired: "قد يكون قديمًا: كان يجب تجديده قبل {date}.",
    blank: "اللوحة فارغة.",
    picture: "ما يراه النموذج",
    for: "لصالح {label}",
    against: "ضد {label}",
  },
};

/**
 * The words of a language that words.ts sends here.
 *
 * @param language As the attribute `lang` has it: "de-AT".
 * @param noun The manifest's noun for a drawing.
 */
export function translated(language: string, noun: string | null | undefined): Texts {
  const { hints, unlikes, ...texts } = WORDS[language.slice(0, 2).toLowerCase()]!;
  const shown = noun ?? "";
  return { ...texts, hint: hints[shown] ?? texts.hint, unlike: unlikes[shown] ?? texts.unlike };
}
