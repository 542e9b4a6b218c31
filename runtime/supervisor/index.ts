export { CONTROL_PORT, ControlServer } from './control/control-server.ts'
export { HostProcess } from './host-process.ts'
export { Lab, type LabState } from './lab.ts'
export { type LabStatus, statusLog } from './status.ts'
