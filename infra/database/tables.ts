// Row types of every table, beside the migrations that make them. PostgreSQL in the subset that Aurora DSQL has: UUIDv7
// made by the app, JSON as text, no sequences, triggers, enums or foreign keys. Must stay in step with migrations/.
import type { ColumnType, Generated, RawBuilder } from 'kysely';
import type { GenerationStatus } from '../../core/message-event.ts';
import type { Sameness } from '../../core/reply-options.ts';

/** Written by the database's clock, never by a process's own. */
type CreatedAt = ColumnType<Date, never, never>;

export interface Database {
  viewer: ViewerTable;
  api_token: ApiTokenTable;
  conversation: ConversationTable;
  message: MessageTable;
  part: PartTable;
  image: ImageTable;
  image_tensor: ImageTensorTable;
  seen_image: SeenImageTable;
  job: JobTable;
  stream: StreamTable;
  event: EventTable;
  idempotency: IdempotencyTable;
  usage: UsageTable;
  carried_use: CarriedUseTable;
  upload: UploadTable;
  gallery_item: GalleryItemTable;
  gallery_embedding: GalleryEmbeddingTable;
  worker: WorkerTable;
}

export interface ViewerTable {
  id: string;
  /** Unique: what authentication knows the viewer by. */
  name: string;
  created_at: CreatedAt;
  /** Set: its name is free again, no credential leads here, and a `viewer` job removes what is left. */
  deleted_at: Date | null;
}

/** What a program shows in a viewer's place. */
export interface ApiTokenTable {
  id: string;
  viewer_id: string;
  name: string;
  /** sha256 of the token, unique. */
  digest: string;
  /** Parted by spaces. */
  rights: string;
  created_at: CreatedAt;
  expires_at: Date | null;
}

export interface ConversationTable {
  id: string;
  viewer_id: string;
  title: string | null;
  instructions: string | null;
  /** The newest message of the branch last written to. */
  active_leaf_id: string | null;
  created_at: CreatedAt;
  updated_at: ColumnType<Date, never, Date>;
  /** Set: gone from every door at once; rows and files follow by a `delete` job. */
  deleted_at: Date | null;
}

export interface MessageTable {
  id: string;
  conversation_id: string;
  role: 'user' | 'assistant';
  /** The message this one follows. Siblings of one parent are alternatives. */
  parent_id: string | null;
  /** User messages are COMPLETED from the start. */
  status: GenerationStatus;
  /** ReplyOptions with every default filled in, as JSON; null on user messages. */
  options: string | null;
  failure: string | null;
  usage: string | null;
  dropped_turns: Generated<number>;
  /** The gate's; null where it was not asked. */
  picture_probability: number | null;
  created_at: CreatedAt;
  finished_at: Date | null;
}

/** Parts of user messages, and of assistant messages once they are terminal; before, `parts` is the fold of the log. */
export interface PartTable {
  message_id: string;
  part_index: number;
  kind: 'text' | 'image';
  text: string | null;
  image_id: string | null;
  /** JSON array of the takes' ids; null on text, and on pictures from before there were takes. */
  take_ids: string | null;
  /** ImageDecision as JSON; null where no head was asked. */
  decision: string | null;
}

export interface ImageTable {
  id: string;
  viewer_id: string;
  /** Null is `generated`: rows from before there were others. */
  kind: 'generated' | 'uploaded' | null;
  /** Its own id where it stands in no conversation. */
  conversation_id: string;
  /** The message it was drawn for; its own id where it was drawn for none, or brought along. */
  message_id: string;
  part_index: number;
  /** 0 for the first take; (message_id, part_index, take) is unique, so a retried reply draws nothing twice. */
  take: number;
  status: GenerationStatus;
  /** Recipe as JSON: model, sampler, steps, guidance, seed … and the words for conditioning TEXT; `{}` where nothing was drawn. */
  recipe: string;
  alt: string;
  width: number | null;
  height: number | null;
  content_type: string | null;
  byte_size: number | null;
  sha256: string | null;
  /** ThumbHash, base64. */
  placeholder: string | null;
  file_key: string | null;
  thumbnail_key: string | null;
  failure: string | null;
  /** The picture that this one was drawn again from. */
  parent_id: string | null;
  /** The picture whose recipe this one repeats, outside any message. */
  replay_of_id: string | null;
  /** Set when a replay has ended. */
  sameness: Sameness | null;
  /** Of the C2PA manifest inside the file; null where it carries none. */
  manifest_sha256: string | null;
  /** How well a take fits what the model asked for; null where nobody compared them. */
  score: number | null;
  /** What the viewer's file was called. */
  file_name: string | null;
  /** Written whenever a message takes it in or lets go of it, so that the two cannot miss each other. */
  used_at: Date | null;
  /** Set: nobody may use it any more; files and rows follow. */
  deleted_at: Date | null;
  created_at: CreatedAt;
  finished_at: Date | null;
}

/** A file on its way in. `id` is also the id of the picture that it becomes. */
export interface UploadTable {
  id: string;
  viewer_id: string;
  state: 'AWAITING_FILE' | 'CLEANING' | 'READY' | 'REJECTED';
  file_name: string | null;
  /** As announced; what the file really is, its bytes tell. */
  content_type: string;
  byte_size: number;
  sha256: string;
  /** Where the file lies as sent; never signed for reading. */
  file_key: string;
  failure: string | null;
  created_at: CreatedAt;
  /** Until when the file may be sent. */
  expires_at: ColumnType<Date, RawBuilder<Date>, never>;
}

/** A picture kept to be found, by a viewer or by `packageOwnerId` for everyone. Its id names it as a picture of its own; its files are those of `image_id`. */
export interface GalleryItemTable {
  id: string;
  viewer_id: string;
  image_id: string;
  title: string;
  creator: string | null;
  licence: string | null;
  source_page: string | null;
  /** What it is, where it came with a model package; null where a viewer keeps it. */
  origin: string | null;
  created_at: CreatedAt;
  /** Set: no longer in the gallery; messages that show it still do. */
  removed_at: Date | null;
}

/** What an item is found by: one vector for each model package that has seen it. */
export interface GalleryEmbeddingTable {
  item_id: string;
  model_digest: string;
  /** Little-endian half precision, base64. */
  fp16: string;
}

export type TensorName = 'conditioning' | 'latent' | 'parent' | 'query';

/** Conditioning, final latent, the latent of a parent picture, and what takes are compared with, fp16 base64. */
export interface ImageTensorTable {
  image_id: string;
  name: TensorName;
  /** JSON array. */
  shape: string;
  fp16: string;
  /** Of a `query` or a `conditioning`: the package that made it. */
  model_digest: string | null;
}

/** What the model sees of a picture, and what a gallery finds it by: made once for each model package. */
export interface SeenImageTable {
  image_id: string;
  model_digest: string;
  /** JSON array. */
  rows_shape: string;
  /** Little-endian half precision, base64. */
  rows_fp16: string;
  /** The same; null where the package has no head for it. */
  embedding_fp16: string | null;
}

export type JobKind = 'reply' | 'image' | 'ingest' | 'embed' | 'delete' | 'viewer';
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface JobTable {
  id: string;
  kind: JobKind;
  state: JobState;
  viewer_id: string;
  /** The picture's id where it stands in no conversation; on `viewer` the viewer's. */
  conversation_id: string;
  /** The assistant message a `reply` writes and an `image` belongs to; null on others. */
  message_id: string | null;
  /** The picture that is drawn, that an upload becomes, or that is to be seen. */
  image_id: string | null;
  /** Not claimable before this assistant message is terminal, pictures included. */
  after_message_id: string | null;
  /** New with every claim, null when nobody holds the job: an older holder can write nothing. */
  fence: string | null;
  /** Nobody else may claim the job before: the lease of a running one, the rest of one whose attempt failed. */
  lease_until: Date | null;
  attempt: Generated<number>;
  /** Where the conversation's KV lies; honoured for 200 ms. */
  prefer_worker: string | null;
  worker_id: string | null;
  /** Activity or picture progress as JSON: state, overwritten by the fence holder, never logged. */
  activity: string | null;
  /** W3C trace context of the transaction that made the job; null where the API traces nothing. */
  traceparent: string | null;
  created_at: CreatedAt;
  claimed_at: Date | null;
  finished_at: Date | null;
}

/** Bumped first by every append, so that two writers of one message take turns. */
export interface StreamTable {
  message_id: string;
  last_n: number;
}

export interface EventTable {
  message_id: string;
  /** 1, 2, 3 … without a gap. */
  n: number;
  /** LoggedEvent as JSON. */
  body: string;
  created_at: CreatedAt;
}

/** See carried-use.ts. */
export interface CarriedUseTable {
  digest: string;
  /** bigint comes as text. */
  compute_ms: number | string;
  until: Date;
}

export interface IdempotencyTable {
  viewer_id: string;
  key: string;
  mutation: string;
  /** sha256 of the canonical input. */
  digest: string;
  /** Ids of the nodes it made, as JSON. */
  result: string;
  created_at: CreatedAt;
}

/** What was computed and for whom; its own row, unfenced, so that cancelled work is counted too. */
export interface UsageTable {
  id: string;
  viewer_id: string;
  message_id: string | null;
  image_id: string | null;
  prompt_tokens: Generated<number>;
  cached_tokens: Generated<number>;
  output_tokens: Generated<number>;
  image_steps: Generated<number>;
  compute_ms: Generated<number>;
  created_at: CreatedAt;
}

/** Workers as they report themselves; a row older than a few beats is a worker that is gone. */
export interface WorkerTable {
  id: string;
  /** WorkerReport as JSON: functions, their health, model card. */
  report: string;
  seen_at: Date;
}
