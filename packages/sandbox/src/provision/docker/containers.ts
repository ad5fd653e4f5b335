import { getContainerRuntimeClient } from 'testcontainers'

/** The label of every container that a provision starts; its value names the provision. */
export const CONTAINER_LABEL = 'payout-sandbox'

/** Removes the Docker containers of one provision, running or not, with their volumes. */
export async function removeContainers(session: string): Promise<void> {
  const { dockerode } = (await getContainerRuntimeClient()).container
  const found = await dockerode.listContainers({ all: true, filters: { label: [`${CONTAINER_LABEL}=${session}`] } })
  await Promise.allSettled(found.map(({ Id }) => dockerode.getContainer(Id).remove({ force: true, v: true })))
}
