// A function of this process with its run as a span and the phases of the run below it, told from the events that it emits.
// Must never look into the texts and pixels that pass, nor change their order.
import type {
  DiffusionEvent,
  DiffusionFunction,
  FunctionError,
  LlmEvent,
  LlmFunction,
  LoadedFunction,
  VisionEvent,
  VisionFunction,
} from '../../core/function-contract.ts';
import { boundToSpan, inSpan, markFailed, startChild, type Attributes, type Span } from '../../core/tracing.ts';

/** Phases follow each other; each is a child of the run's span. */
interface Phases {
  readonly enter: (name: string) => void;
  /** A moment within the phase. */
  readonly note: (name: string, attributes: Attributes) => void;
  readonly leave: () => void;
}

/** Waiting for a slot, prefill until the first text, decode. */
export function traceLlm(inner: LlmFunction): LlmFunction {
  return traced<Parameters<LlmFunction['run']>[0], LlmEvent>(inner, 'language function', (span, phases) => {
    let decoding = false;
    const decode = (): void => {
      if (!decoding) phases.enter('decode');
      decoding = true;
    };
    phases.enter('wait for a slot');
    return (event) => {
      switch (event.type) {
        case 'prompt':
          span.setAttributes({
            'gen_ai.usage.input_tokens': event.promptTokens,
            'gill.tokens.cached': event.cachedTokens,
            'gill.turns.dropped': event.droppedTurns,
          });
          return phases.enter('prefill');
        case 'text':
          return decode();
        case 'image':
          decode();
          return phases.note('image', {});
        case 'usage':
          span.setAttributes({
            'gen_ai.usage.output_tokens': event.outputTokens,
            'gill.compute_ms': event.computeMs,
          });
          return phases.leave();
        case 'done':
          span.setAttribute('gill.finish', event.finish);
          return;
        case 'error':
          return markFailed(span, event.code);
      }
    };
  });
}

/** Conditioning, steps (each one noted), the pixel decoder. */
export function traceDiffusion(inner: DiffusionFunction): DiffusionFunction {
  return traced<Parameters<DiffusionFunction['run']>[0], DiffusionEvent>(inner, 'picture function', (span, phases) => {
    phases.enter('conditioning');
    return (event) => {
      switch (event.type) {
        case 'conditioning':
          return phases.enter('steps');
        case 'parent':
          return phases.note('parent', {});
        case 'step':
          return phases.note('step', { 'gill.step': event.step });
        case 'preview':
          return phases.note('preview', { 'gill.step': event.step });
        case 'decoding':
          return phases.enter('pixel decoder');
        case 'pixels':
          return phases.leave();
        case 'usage':
          span.setAttributes({ 'gill.image.steps': event.imageSteps, 'gill.compute_ms': event.computeMs });
          return;
        case 'done':
          return;
        case 'error':
          return markFailed(span, event.code);
      }
    };
  });
}

/** One network call. */
export function traceVision(inner: VisionFunction): VisionFunction {
  return traced<Parameters<VisionFunction['run']>[0], VisionEvent>(inner, 'vision function', (span) => (event) => {
    switch (event.type) {
      case 'usage':
        span.setAttribute('gill.compute_ms', event.computeMs);
        return;
      case 'seen':
      case 'done':
        return;
      case 'error':
        return markFailed(span, event.code);
    }
  });
}

function traced<Input, Event extends { readonly type: string }>(
  inner: LoadedFunction<Input, Event | FunctionError>,
  name: string,
  follow: (span: Span, phases: Phases) => (event: Event | FunctionError) => void,
): LoadedFunction<Input, Event | FunctionError> {
  return {
    ...inner,
    run: (input, emit, signal) => {
      // one loop emits for all runs of an engine: what an event sets off belongs to its own run's caller
      const emitted = boundToSpan(emit);
      return inSpan(name, {}, async (span) => {
        if (!span.isRecording()) return inner.run(input, emitted, signal);
        const phases = createPhases(span);
        const see = follow(span, phases);
        try {
          await inner.run(
            input,
            (event) => {
              see(event);
              emitted(event);
            },
            signal,
          );
        } finally {
          phases.leave();
        }
      });
    },
  };
}

function createPhases(parent: Span): Phases {
  let current: Span | undefined;
  const leave = (): void => {
    current?.end();
    current = undefined;
  };
  return {
    enter(name) {
      leave();
      current = startChild(parent, name);
    },
    note: (name, attributes) => void current?.addEvent(name, attributes),
    leave,
  };
}
