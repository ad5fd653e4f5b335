import { crc32, deflateRawSync } from 'node:zlib'

/** One file of an archive. */
export interface ArchiveEntry {
  readonly name: string
  readonly content: Buffer
  /** 1: says that it is locked with a password. */
  readonly flags?: number
}

/** A ZIP of deflated files, by the bytes of APPNOTE 4.3. */
export function archive(entries: readonly ArchiveEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, flags = 0 } of entries) {
    const packed = deflateRawSync(content)
    const bytes = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(flags, 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt16LE(0x21, 8)
    common.writeUInt32LE(crc32(content), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(bytes.length, 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, bytes, packed])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), common, place, bytes]))
    locals.push(local)
    offset += local.length
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(size, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, ...directory, Buffer.from('PK\u0005\u0006'), end])
}

/** A row of a test's return file: 0.01 yuan sent back to one of many. */
export interface TestRow {
  readonly batchNo: string
  readonly serial: string
  readonly withdrawalSerial: string
}

const NAMES =
  '商户批次号,商户流水号,收款银行户名,收款银行账号,收款开户银行,收款银行所在省份,收款银行所在市,收款支行名称,金额,对公对私标志,备注,提现流水号,退票日期,退票原因'

/** The CSV of seed 4 §5.2, in UTF-8 with a byte order mark. `total`, in yuan, where it is not that of the rows. */
export function returnCsv(rows: readonly TestRow[], total = (rows.length / 100).toFixed(2)): Buffer {
  const lines = rows.map(
    ({ batchNo, serial, withdrawalSerial }) =>
      `${batchNo},${serial},测试,4402024301016406,中国工商银行,四川省,成都,,0.01,2,,${withdrawalSerial},2010年12月18日 09:00:00,账户名有误`,
  )
  const head = `总金额,总笔数,支付宝账户\r\n${total},${rows.length},gongsi1@shoufei.com`
  return Buffer.from(`\ufeff${[head, NAMES, ...lines].join('\r\n')}\r\n`)
}

/** A return file of the tests' partner and day. */
export function returnFile(rows: readonly TestRow[], total?: string): Buffer {
  return archive([{ name: 'ALIPAY_20101223_R_2088101000922193.csv', content: returnCsv(rows, total) }])
}
