// Whether a message says by itself what is to be drawn, so that earlier talk has no part in it: "Draw a fox in the snow" does,
// "Draw it on the beach" and "On the beach, please" do not. Must never leave out what was told where a message may need it:
// whatever is not clearly a wish of its own is read with what was said before.

/** Words that mean something said before, or add to it. */
const refersBack =
  /\b(?:it|its|itself|he|him|his|himself|she|hers?|herself|they|them|theirs?|themselves|that|those|these|same|again|too|also|instead)\b/iu;
/** What brings a thing in. */
const introduces = /\b(?:an?|some|two|three|four|five|\d+)\s+\p{L}/iu;
const asks =
  /\b(?:draw|paint|sketch|show|make|create|picture|drawing|want|like|love|see|find|give|need|imagine|please)\b/iu;
/** A caption, as wishes are often written; a story says "there was". */
const isCaption = /(?:^\s*|\bthere(?:'s| is| are)\s+)(?:an?|two|three|four|five|\d+)\s+\p{L}/iu;

/** By words of English, as the package's dialogues are; of another language nothing stands alone. */
export const standsAlone = (words: string): boolean =>
  !refersBack.test(words) && introduces.test(words) && (asks.test(words) || isCaption.test(words));
