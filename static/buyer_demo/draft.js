// The words in the ask box, kept while one looks elsewhere.

const KEY = "wx_question_draft";

export const draft = () => sessionStorage.getItem(KEY) ?? "";
export const keepDraft = (words) => sessionStorage.setItem(KEY, words);
export const dropDraft = () => sessionStorage.removeItem(KEY);

/** The ask box opens with these words in it; what was masked for readers is left out. */
export const askWith = (text) => {
  keepDraft(text.replaceAll("***", ""));
  location.hash = "#/";
};
