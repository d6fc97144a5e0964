import { expose } from 'comlink';
import { carryErrorCodes } from './error-transfer';
import { Session } from './session';

carryErrorCodes();
expose(new Session());
