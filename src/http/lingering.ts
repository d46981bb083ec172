// Requests that stay open on purpose: few enough to leave room for all others, ended with the client and at the stop.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ProblemError } from './problem.ts';

export type Lingering = {
  /** The signal aborts when the client is gone, and at the stop. Throws `too_many_waiting`. */
  admit(reply: FastifyReply): AbortSignal;
};

/** Of 256 connections. */
const maxLingering = 160;

/** Counts the requests of an application, whatever they wait for. */
export function createLingering(app: FastifyInstance, limit = maxLingering): Lingering {
  const open = new Map<AbortController, FastifyReply>();
  let isClosing = false;
  // Before the listener waits for its requests to end.
  app.addHook('preClose', async () => {
    isClosing = true;
    for (const [controller, reply] of open) {
      // Kept alive, its connection would hold up the stop until its idle time is over.
      if (!reply.raw.headersSent) reply.header('connection', 'close');
      controller.abort();
    }
  });
  return {
    admit(reply) {
      if (open.size >= limit) {
        throw new ProblemError('too_many_waiting', `${limit} requests wait for something already`, {
          headers: { 'retry-after': '5' },
        });
      }
      const controller = new AbortController();
      open.set(controller, reply);
      reply.raw.once('close', () => {
        open.delete(controller);
        controller.abort();
      });
      if (isClosing || reply.raw.destroyed) controller.abort();
      return controller.signal;
    },
  };
}
