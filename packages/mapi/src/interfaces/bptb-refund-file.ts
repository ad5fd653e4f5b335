import { basicParameters, optional, required } from './basic-parameters.ts'
import type { InterfaceDefinition } from './interface-definition.ts'
import { isExistingDay } from './parameter-format.ts'

const SERVICE = 'bptb_refund_file'

/** Downloading the bank payouts of one day that came back, version 1.3 (RFD-1, bptb_refund_file 1.3 §4.2). */
export const BPTB_REFUND_FILE: InterfaceDefinition = {
  service: SERVICE,
  signsSignType: false,
  parameters: [
    ...basicParameters(SERVICE),
    required('date', 'must be an existing day, YYYYMMDD', isExistingDay),
    optional('biz_type', 'must be 1 to 32 letters, digits and _', (value) => /^[0-9A-Za-z_]{1,32}$/.test(value)),
  ],
  // Nothing holds between its parameters.
  checkTogether() {},
}
