// A subscription on any door: finds its source, then delivers events at the reader's own pace. An event is executed and
// serialized once per (document, variables, viewer), however many subscribers have the same. Must never queue: a slow
// reader is an index into what the tail keeps.
import { totalmem } from 'node:os';
import { Kind, execute, visit, type DocumentNode, type GraphQLSchema, type ValueNode } from 'graphql';
import { AppError } from '../../../core/app-error.ts';
import { limits } from '../../../core/limits.ts';
import type { Caller } from '../doors/admission.ts';
import { createContext, type Services } from '../context.ts';
import { maskError, maskResult } from '../mask-errors.ts';
import { RefusedOperation, type PreparedOperation } from '../prepare-operation.ts';
import type { Source } from './source.ts';
import { createTailRegistry, type Tail } from './tail.ts';
import { watchConversation } from './watch-conversation.ts';
import { watchImage } from './watch-image.ts';
import { watchMessage } from './watch-message.ts';

/** `payload` is a complete execution result in JSON. */
export interface LiveEvent {
  readonly cursor: string | undefined;
  readonly payload: string;
}

export interface LiveStream extends Disposable {
  /** The next event, or undefined at the end and after disposal. One call at a time. */
  readonly next: () => Promise<LiveEvent | undefined>;
}

export interface Subscriptions {
  /**
   * @param lastEventId resumes after this cursor and beats the document's `after`
   * @throws {RefusedOperation | AppError} before anything is delivered
   */
  readonly open: (operation: PreparedOperation, viewer: Caller, lastEventId?: string) => Promise<LiveStream>;
  readonly count: () => number;
}

/** A container's memory counts, where it is bounded; else the machine's. */
const mostSubscribers = Math.min(
  limits.maxSubscribersPerProcess,
  Math.floor(Math.min(process.constrainedMemory() || Infinity, totalmem()) / limits.bytesPerSubscriber),
);

/** Signed URLs inside a payload live longer than this by far. */
const renderedForMs = 60_000;

export function createSubscriptions(schema: GraphQLSchema, services: Services): Subscriptions {
  const tails = createTailRegistry(services.bus, services.log);
  const renderers = new Map<string, { readonly render: Render; members: number }>();
  let subscribers = 0;

  type Render = (node: object) => Promise<string>;

  /** Executes the document for one event; the same event again within a minute is what was made before. */
  function createRender(operation: PreparedOperation, field: string, viewer: Caller): Render {
    const rendered = new WeakMap<object, { readonly payload: Promise<string>; readonly at: number }>();
    return (node) => {
      const known = rendered.get(node);
      if (known && performance.now() - known.at < renderedForMs) return known.payload;
      const result = Promise.resolve(
        execute({
          schema,
          document: operation.document,
          operationName: operation.operationName,
          variableValues: operation.variables,
          rootValue: { [field]: node },
          contextValue: createContext(services, viewer),
        }),
      );
      const payload = result.then((value) => JSON.stringify(maskResult(value, services.log)));
      rendered.set(node, { payload, at: performance.now() });
      return payload;
    };
  }

  async function open(operation: PreparedOperation, viewer: Caller, lastEventId?: string): Promise<LiveStream> {
    if (subscribers >= mostSubscribers)
      throw new AppError('BUSY', `${subscribers} subscriptions are open here, the limit: try again in a moment`);
    const root = probeRoot(schema, operation);
    const context = createContext(services, viewer);
    const source = await openSource(root, context, lastEventId);
    const tail = await tails.open(source.topic, source.look);
    const key = [
      source.topic,
      viewer.id,
      operation.operationName ?? '',
      variablesKey(operation),
      operation.source,
    ].join('\n');
    const renderer = renderers.get(key) ?? { render: createRender(operation, root.field, viewer), members: 0 };
    renderers.set(key, renderer);
    renderer.members++;
    subscribers++;
    const controller = new AbortController();
    const events = createReader(source, tail, renderer.render, services);
    return {
      next: () => events(controller.signal),
      [Symbol.dispose]() {
        if (controller.signal.aborted) return;
        controller.abort();
        subscribers--;
        tail[Symbol.dispose]();
        if (--renderer.members === 0) renderers.delete(key);
      },
    };
  }

  return { open, count: () => subscribers };
}

/** What one subscriber has read, and what it reads next. */
function createReader(
  source: Source,
  tail: Tail,
  render: (node: object) => Promise<string>,
  services: Services,
): (signal: AbortSignal) => Promise<LiveEvent | undefined> {
  let afterN = source.startAfter(tail.view());
  const seen = new Map<string, number>();
  let over = false;

  return async (signal) => {
    while (!over && !signal.aborted) {
      const { log, states, ended } = tail.view();
      const item = log[Math.max(0, afterN + 1 - (log[0]?.n ?? 1))];
      if (item) {
        afterN = item.n;
        return { cursor: item.cursor, payload: await render(item.node) };
      }
      for (const [key, state] of states) {
        if (seen.get(key) === state.version) continue;
        seen.set(key, state.version);
        return { cursor: state.cursor, payload: await render(state.node) };
      }
      if (ended === false) {
        // nothing was awaited since the view was read, so no change can have been missed
        await tail.changed(signal).catch(() => undefined); // aborted: the loop's condition sees it
        continue;
      }
      over = true;
      if (ended !== true)
        return { cursor: undefined, payload: JSON.stringify({ errors: [maskError(ended, services.log)] }) };
    }
    return undefined;
  };
}

interface Root {
  readonly field: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Lets graphql itself say which root field is asked for, with which arguments, variables and directives applied. */
function probeRoot(schema: GraphQLSchema, operation: PreparedOperation): Root {
  const found: Root[] = [];
  const fields = Object.keys(schema.getSubscriptionType()?.getFields() ?? {});
  const rootValue = Object.fromEntries(
    fields.map((field) => [field, (args: Record<string, unknown>) => void found.push({ field, args })]),
  );
  const result = execute({
    schema,
    document: operation.document,
    operationName: operation.operationName,
    variableValues: operation.variables,
    rootValue,
  });
  const [root] = found;
  if (root) return root;
  const errors = 'then' in result ? [] : (result.errors ?? []);
  if (errors.length > 0) throw new RefusedOperation(errors);
  throw new AppError('INVALID', 'the subscription selects no field: @skip or @include left nothing');
}

function openSource(
  { field, args }: Root,
  context: ReturnType<typeof createContext>,
  lastEventId: string | undefined,
): Promise<Source> {
  const text = (name: string): string => String(args[name]);
  switch (field) {
    case 'messageEvents': {
      const after = lastEventId ?? (typeof args['after'] === 'string' ? args['after'] : undefined);
      return watchMessage(context, { messageId: text('messageId'), after });
    }
    case 'imageEvents':
      return watchImage(context, { imageId: text('imageId') });
    case 'conversationEvents':
      return watchConversation(context, { conversationId: text('conversationId') });
    default:
      throw new AppError('INTERNAL', `the subscription ${field} has no source`);
  }
}

/** Variables in one spelling, without one that only says where to start: it changes nothing in any event. */
function variablesKey({ document, variables }: PreparedOperation): string {
  const startOnly = variableOfAfter(document);
  return JSON.stringify(
    Object.entries(variables)
      .filter(([name]) => name !== startOnly)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function variableOfAfter(document: DocumentNode): string | undefined {
  const uses = new Map<string, number>();
  let after: ValueNode | undefined;
  visit(document, {
    Variable: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
    Field: ({ name, arguments: given }) => {
      if (name.value === 'messageEvents') after = given?.find((argument) => argument.name.value === 'after')?.value;
    },
  });
  // used once where it is declared and once as `after`
  return after?.kind === Kind.VARIABLE && uses.get(after.name.value) === 2 ? after.name.value : undefined;
}
