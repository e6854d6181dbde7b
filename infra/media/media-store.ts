// Files of pictures: what the program needs of S3. Records hold keys, never URLs; a URL is signed when a field is read.

export interface MediaStore {
  /** @throws {AppError} STORAGE naming the key */
  readonly put: (key: string, bytes: Uint8Array, contentType: string) => Promise<void>;
  /**
   * A URL anyone can open until it expires. The same key gives the same URL for a while, so that browsers may cache; it is
   * valid for between one and two of `limits.signedUrlWindowSeconds`.
   */
  readonly signGet: (key: string) => Promise<SignedUrl>;
  /** Keys that are not there are no error. @throws {AppError} STORAGE */
  readonly deleteMany: (keys: readonly string[]) => Promise<void>;
}

export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

/** Where the files of a picture lie. Each attempt has its own, so a file once written never changes. */
export const mediaKeys = {
  picture: (imageId: string, attempt: number) => `images/${imageId}/${attempt}.png`,
  thumbnail: (imageId: string, attempt: number) => `images/${imageId}/${attempt}.thumbnail.webp`,
  /** Expire by the bucket's lifecycle rule. */
  preview: (imageId: string, attempt: number, step: number) => `previews/${imageId}/${attempt}-${step}.webp`,
} as const;
