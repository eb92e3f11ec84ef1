// The one worker, seen from the page: what messages it hears, and whose turn it is.
//
// It keeps no photo between jobs; each request brings its pixels and each reply hands the result
// over. Errors with a code are answered; anything else (a panic, memory gone) means the wasm
// instance cannot be trusted any more: it is thrown, the page hears it and starts a new worker.
// What a task does is in `tasks.js`, what it computes with in `weights.js`.

import { codeFromError } from '../engine/protocol.js';
import { watchTraffic } from '../offline/traffic.js';
import { TASKS, nextTask } from './tasks.js';
import { Loaded } from './weights.js';

/** @import { Reply, Request } from '../engine/protocol.js' */
/** @import { WithoutJobId } from '../engine/protocol.js' */
/** @import { Job, TaskRequest } from './tasks.js' */
/** @import { Naobu } from './weights.js' */

/**
 * Answers requests on `scope` for as long as it lives.
 * @param {{ postMessage(reply: Reply, transfer?: Transferable[]): void,
 *   onmessage: ((event: MessageEvent<Request>) => void) | null }} scope
 * @param {() => Promise<Naobu>} loadNaobu
 */
export function serve(scope, loadNaobu) {
  const loaded = new Loaded(loadNaobu);
  const running = /** @type {Set<number>} */ (new Set());
  /** Jobs that are to end with the step under way. */
  const ending = /** @type {Set<number>} */ (new Set());
  // The device works for one at a time.
  let lastTurn = /** @type {Promise<unknown>} */ (Promise.resolve());

  /** @param {number} jobId @returns {Job} */
  const jobOf = (jobId) => ({
    isRunning: () => running.has(jobId),
    isEnding: () => ending.has(jobId),
    reply(reply) {
      scope.postMessage(/** @type {Reply} */ ({ ...reply, jobId }), handedOver(reply));
    },
    onProgress: (stage, done, total) =>
      scope.postMessage({ kind: 'progress', jobId, stage, done, total }),
  });

  /** Works when all before it is done. @param {() => Promise<void>} work */
  function inTurn(work) {
    const turn = lastTurn.catch(() => {}).then(work);
    lastTurn = turn;
    return turn;
  }

  /** @param {TaskRequest} request @param {Job} job */
  async function runTask(request, job) {
    const { needs, stage, run } = TASKS[request.kind];
    const method = 'method' in request ? request.method : '';
    const tools = await loaded.toolsFor(needs, job, method);
    if (stage) job.onProgress(stage, 0, 1);
    await nextTask();
    if (!job.isRunning()) return;
    const reply = await run(tools, /** @type {any} */ (request), job);
    if (reply) job.reply(reply);
  }

  /** @param {Request} request @param {Job} job */
  async function answer(request, job) {
    switch (request.kind) {
      case 'start':
        return loaded.start(request, job);
      case 'load-own':
        return inTurn(async () => job.reply({ kind: 'own', ...(await loaded.loadOwn(request)) }));
      case 'give-up':
        return inTurn(async () => {
          await loaded.giveUpOwn(request.task);
          job.reply({ kind: 'given-up' });
        });
      case 'keep':
        return void (job.isRunning() && ending.add(request.jobId));
      case 'cancel':
        return void running.delete(request.jobId);
      default: {
        const work = () => runTask(request, job);
        return TASKS[request.kind].isAtOnce ? work() : inTurn(work);
      }
    }
  }

  scope.onmessage = async ({ data: request }) => {
    const { kind, jobId } = request;
    if (kind !== 'cancel' && kind !== 'keep') running.add(jobId);
    const job = jobOf(jobId);
    try {
      await answer(request, job);
    } catch (error) {
      const code = codeFromError(error);
      if (!code) throw error;
      const message = error instanceof Error ? error.message : String(error);
      job.reply({ kind: 'failed', code, message });
    } finally {
      if (kind !== 'keep') {
        running.delete(jobId);
        ending.delete(jobId);
      }
    }
  };
}

/** What is moved rather than copied. @param {WithoutJobId<Reply>} reply */
function handedOver(reply) {
  const bytes =
    reply.kind === 'picture'
      ? reply.photo.rgba
      : reply.kind === 'step'
        ? reply.step.thumb.rgba
        : reply.kind === 'file' && reply.bytes;
  return bytes ? [/** @type {ArrayBuffer} */ (bytes.buffer)] : [];
}

if (
  typeof DedicatedWorkerGlobalScope === 'function' &&
  self instanceof DedicatedWorkerGlobalScope
) {
  // A rejection nobody waits for does not reach the page by itself; an error does.
  self.addEventListener('unhandledrejection', (event) => reportError(event.reason));
  watchTraffic((traffic) => self.postMessage({ kind: 'traffic', traffic }));
  serve(self, () => import('../../pkg/naobu.js'));
}
