using System.Collections.Concurrent;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Inventory;

/// <summary>Draws ids for new objects from runs that the store set aside, so that an id costs no write of its own. One for each silo.</summary>
internal sealed class IdSource(IInventoryStore inventory)
{
    private readonly ConcurrentDictionary<TenantId, Run> _runs = new();

    public ValueTask<ObjectId> NextAsync(WritePermit tenantWide) => _runs.GetOrAdd(tenantWide.Tenant, _ => new Run()).NextAsync(inventory, tenantWide);

    private sealed class Run
    {
        private readonly SemaphoreSlim _turn = new(1);
        private long _next;
        private long _end;

        public async ValueTask<ObjectId> NextAsync(IInventoryStore inventory, WritePermit tenantWide)
        {
            await _turn.WaitAsync();
            try
            {
                if (_next == _end)
                {
                    _next = await inventory.ReserveIdsAsync(tenantWide, Limits.ObjectIdsReserved);
                    _end = _next + Limits.ObjectIdsReserved;
                }
                return new ObjectId(_next++);
            }
            finally
            {
                _turn.Release();
            }
        }
    }
}
