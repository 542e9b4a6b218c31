export { reportHtml } from './report.ts'
