/* The one place that imports the server library. */
export type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js'
export { App, us_listen_socket_close, us_socket_local_port } from 'uWebSockets.js'
