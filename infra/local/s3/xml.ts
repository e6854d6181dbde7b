// The little XML that S3 speaks: answers are written by hand, the two request bodies we read hold flat lists. Must never
// be used on a document whose nesting matters.

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

export const xmlDocument = (root: string, body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="${namespace}">${body}</${root}>`;

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"'\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Text of every `<tag>` in the document, in order. */
export function readTags(document: string, tag: string): string[] {
  return [...document.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, text]) => unescape(text!));
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const unescape = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (entity, hex, decimal, name) => {
    if (typeof name === 'string') return named[name.toLowerCase()]!;
    const code = typeof hex === 'string' ? parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
  });
