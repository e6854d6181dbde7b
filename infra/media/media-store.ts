// Files of pictures: what the program needs of S3. Records hold keys, never URLs; a URL is signed when a field is read.

export interface MediaStore {
  /** @throws {AppError} STORAGE naming the key */
  readonly put: (key: string, bytes: Uint8Array, contentType: string) => Promise<void>;
  /**
   * A URL anyone can open until it expires. The same key gives the same URL for a while, so that browsers may cache; it is
   * valid for between one and two of `limits.signedUrlWindowSeconds`, or until temporary credentials that signed it end.
   */
  readonly signGet: (key: string) => Promise<SignedUrl>;
  /** @returns undefined when there is no such file, or it has more bytes than allowed @throws {AppError} STORAGE */
  readonly get: (key: string, maxBytes: number) => Promise<Buffer | undefined>;
  /** Whether the file is there. @throws {AppError} STORAGE */
  readonly has: (key: string) => Promise<boolean>;
  /** A form that stores exactly one file of this key, type and size until it expires. @throws {AppError} STORAGE */
  readonly signPost: (file: FileToCome) => Promise<SignedForm>;
  /** Keys that are not there are no error. @throws {AppError} STORAGE */
  readonly deleteMany: (keys: readonly string[]) => Promise<void>;
}

export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

export interface FileToCome {
  readonly key: string;
  readonly contentType: string;
  readonly byteSize: number;
  readonly seconds: number;
}

/** A form for `multipart/form-data`: these fields first, then the field `file`. */
export interface SignedForm {
  readonly url: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

/** Where the files of a picture lie. Each attempt has its own, so a file once written never changes. */
export const mediaKeys = {
  picture: (imageId: string, attempt: number) => `images/${imageId}/${attempt}.png`,
  thumbnail: (imageId: string, attempt: number) => `images/${imageId}/${attempt}.thumbnail.webp`,
  /** An upload as it is kept. */
  cleaned: (imageId: string, attempt: number, extension: 'png' | 'webp') => `images/${imageId}/${attempt}.${extension}`,
  /** An upload as it was sent. Expires by the bucket's lifecycle rule. */
  upload: (viewerId: string, uploadId: string) => `uploads/${viewerId}/${uploadId}`,
  /** Expire by the bucket's lifecycle rule. */
  preview: (imageId: string, attempt: number, step: number) => `previews/${imageId}/${attempt}-${step}.webp`,
} as const;
