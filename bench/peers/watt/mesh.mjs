// How an application of Watt reaches another one.
import { getGlobalDispatcher } from 'undici'

/** Options of @fastify/http-proxy for an application of the mesh: Watt's own dispatcher, which is the thread's global one. */
export function mesh(name) {
  return {
    upstream: `http://${name}.plt.local`,
    undici: getGlobalDispatcher(),
    destroyAgent: false,
    // Replies of the mesh say `connection: close`; passed on, the load generator would need a new connection for every request.
    replyOptions: { rewriteHeaders: ({ connection: _, ...headers }) => headers },
  }
}
