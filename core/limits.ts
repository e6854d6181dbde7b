// Every limit of the public doors with its default (docs/operations.md prints this table). Enforced in the shared core,
// never in one door only. Must stay plain numbers: tests and documentation read them.

export const limits = {
  /** Bytes of one GraphQL request over HTTP or SSE, and of one WebSocket message. */
  maxRequestBytes: 256 * 1024,
  /** Lexical tokens of one document. */
  maxDocumentTokens: 2_000,
  maxDepth: 12,
  maxAliases: 60,
  maxDirectives: 30,
  /** Points: a plain field 1, an object 2, a list as often as it can be long (functions/api/complexity.ts). */
  maxComplexity: 60_000,
  /** Fields of an operation, a fragment's counted wherever it is spread. */
  maxQueryNodes: 10_000,
  /** `first`/`last` of a connection. */
  maxPageSize: 100,
  /** `nodes(ids:)`. */
  maxNodeIds: 100,
  maxPartsPerMessage: 16,
  /** Picture parts among them. */
  maxImagesPerMessage: 8,
  /** Bytes of one uploaded file. */
  maxUploadBytes: 16 * 1024 * 1024,
  /** Pixels of an uploaded picture, told by its header before anything is decoded. */
  maxUploadPixels: 40_000_000,
  /** Pixels of an uploaded picture's longer side, told by its header. */
  maxUploadSide: 16_384,
  /** Pixels of the longer side as it is kept; larger pictures are made smaller. */
  maxKeptSide: 2_048,
  maxFileNameCodePoints: 255,
  /** Pictures in one viewer's gallery. */
  maxGalleryItems: 10_000,
  /** Matches, and pictures that can be meant, that are stored and shown with a decision. */
  maxCandidates: 4,
  /** Of a dialogue's pictures, so many of the newest can be meant by a message. */
  maxMeantPictures: 12,
  /** Pictures that one reply shows, takes not counted: where it shows several, they share `maxTakes`. */
  maxPicturesPerReply: 4,
  /** Characters of a web address. */
  maxAddressCharacters: 2_000,
  /** Uploads of one viewer that wait for their file or to be cleaned. */
  maxUnfinishedUploads: 32,
  /** Until when the file of an upload may be sent. */
  uploadFormSeconds: 3_600,
  /** An upload that no message uses is forgotten after this. */
  uploadKeepMs: 24 * 3_600_000,
  /** Decoding and encoding of one uploaded picture. */
  cleaningSeconds: 30,
  /** Code points of one text part. */
  maxTextCodePoints: 16_000,
  maxTitleCodePoints: 200,
  maxInstructionsCodePoints: 2_000,
  /** Wordings of one turn, or answers to one message. */
  maxAlternatives: 32,
  /** Tokens of one reply. */
  maxReplyTokens: 512,
  defaultReplyTokens: 256,
  maxSteps: 50,
  /** Looking at a drawn take and comparing it with what was asked for; after this it has no score. */
  maxScoringMs: 10_000,
  /** Pictures drawn for one message. */
  maxTakes: 4,
  minGuidance: 1,
  maxGuidance: 20,
  /** Weight of the picture that another is drawn from. */
  maxStrength: 4,
  maxTemperature: 2,
  /** Of either sign: beyond it the gate has no say. */
  maxImageBias: 20,
  /** Replies of one conversation that may wait or run at once. */
  maxUnfinishedReplies: 8,
  /** Replies and pictures of one viewer that may wait, run, or be still to come at once. */
  maxUnfinishedJobsPerViewer: 64,
  maxApiTokensPerViewer: 50,
  /** Live operations on one WebSocket. */
  maxOperationsPerSocket: 50,
  maxSocketsPerViewer: 64,
  /** The credential behind a live stream is looked at again this often: a revoked one ends it. */
  recheckCredentialMs: 60_000,
  /** Fewer where the process's memory holds fewer of `bytesPerSubscriber`. */
  maxSubscribersPerProcess: 20_000,
  /** What a subscription takes at most, its socket and what is not collected yet included. */
  bytesPerSubscriber: 100_000,
  /** A subscriber that takes nothing for this long while something waits for it is closed; it resumes by cursor. */
  stalledSubscriberMs: 30_000,
  /** WebSocket ping and SSE comment. */
  keepAliveMs: 12_000,
  /** Signed URLs: between one and two of these. */
  signedUrlWindowSeconds: 900,
  idempotencyKeepMs: 24 * 3_600_000,
  eventLogKeepMs: 24 * 3_600_000,
  /** A job that lost its worker this often fails for good. */
  maxAttempts: 5,
  /** A worker that is silent for this long loses its job. */
  leaseMs: 10_000,
  /** What is computed waits this long for a database or a file store that is away. */
  maxOutageMs: 120_000,
} as const;
