// How small networks are given what a person wrote (training/words.py). Must never change text that is shown or kept.

/** What is written in capitals throughout is read in lower case: its tokens are pieces that say little. */
export const calmText = (text: string): string =>
  /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text) ? text.toLowerCase() : text;
