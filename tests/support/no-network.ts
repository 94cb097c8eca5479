import { ChildProcess } from 'node:child_process'
import { Server, Socket } from 'node:net'

const forbidden = (what: string) => (): never => {
  throw new Error(`A unit test must not ${what}: move it to tests/service.`)
}

Object.assign(Socket.prototype, { connect: forbidden('open a connection') })
Object.assign(Server.prototype, { listen: forbidden('start a server') })
Object.assign(ChildProcess.prototype, { spawn: forbidden('start a process') })
