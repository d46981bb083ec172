// GET /metrics, in the text format.
import type { FastifyInstance } from 'fastify';
import type { HttpMetrics } from '../ports.ts';
import { addReader } from './resource.ts';

export function addMetricsRoute(app: FastifyInstance, metrics: HttpMetrics): void {
  addReader(app, '/metrics', {
    id: 'getMetrics',
    summary: 'Give numbers to a monitoring system',
    success: {
      status: 200,
      description: 'The text format of Prometheus.',
      content: { 'text/plain': { type: 'string' } },
    },
    refusals: ['unauthorized'],
    handler: async (_, reply) => {
      const { contentType, body } = await metrics.text();
      return reply.type(contentType).send(body);
    },
  });
}
