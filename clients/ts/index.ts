// What a program imports of this client.
export { createClient, type Client, type Said, type SendOptions } from './client.ts';
export type { UploadedPicture, UploadOptions, UploadProgress } from './uploads.ts';
export { ClientError } from './client-error.ts';
export type { ConnectionOptions } from './connection.ts';
export type { LiveReply, Watching } from './live-reply.ts';
export {
  isTerminal,
  type DrawnPicture,
  type Picture,
  type PictureDecision,
  type ReplyPart,
  type ReplyState,
} from './reply-state.ts';
