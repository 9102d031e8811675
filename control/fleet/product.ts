import { AppError } from '#kernel'
import { getCatalogue } from './catalogue.store.ts'
import { isSoldOut, type ProductStatus, statusIn } from './catalogue.ts'
import type { Catalogue } from './catalogue-document.ts'

/** One package of the catalogue (contract 3.3): what a server of it has. */
export interface Product {
  readonly productId: string
  readonly flavorId: string
  readonly cpu: number
  readonly memoryMb: number
  /** Sessions the package includes. */
  readonly sessions: number
  readonly isGpu: boolean
  readonly status: ProductStatus
}

/** The packages that the installation offers, in the order of the catalogue. */
export function listProducts(): readonly Product[] {
  const catalogue = getCatalogue()
  return catalogue.products.map((product) => productOf(catalogue, product))
}

export function findProduct(productId: string): Product | undefined {
  const catalogue = getCatalogue()
  const product = catalogue.products.find(({ product_id }) => product_id === productId)
  return product && productOf(catalogue, product)
}

/** Throws `fleet.product_unknown` with the names of those that are known. */
export function requireProduct(productId: string): Product {
  const product = findProduct(productId)
  if (product) return product
  const known = listProducts().map(({ productId }) => productId)
  throw new AppError('fleet.product_unknown', { productId: productId.slice(0, 64), known: known.join(', ') })
}

/** The same, of which one can have another server now, in this zone where one is named. */
export function requireSaleableProduct(productId: string, zone = ''): Product {
  const product = requireProduct(productId)
  const entry = getCatalogue().products.find(({ product_id }) => product_id === productId)
  const status = entry ? statusIn(entry, zone) : product.status
  if (!isSoldOut(status)) return product
  throw new AppError('fleet.product_sold_out', { productId, status })
}

function productOf({ flavors }: Catalogue, product: Catalogue['products'][number]): Product {
  const { cpu = 0, memory = 0, gpu } = flavors.find(({ id }) => id === product.flavor_id) ?? {}
  return {
    productId: product.product_id,
    flavorId: product.flavor_id,
    cpu,
    memoryMb: memory,
    sessions: product.sessions,
    isGpu: gpu !== undefined,
    status: statusIn(product),
  }
}
