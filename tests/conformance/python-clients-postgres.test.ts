import { describePythonClients } from './clients/describe-python-clients.ts'

describePythonClients('Postgres')
