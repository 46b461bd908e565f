using System.Text;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Drops a tenant: a range of each family, for every key begins with the tenant's name. They go in one commit. The room that they took comes back as
/// RocksDB compacts.
/// </summary>
internal sealed class RocksTenantRows(RocksStore store) : ITenantRows
{
    /// <summary>The documents of grains whose key is the tenant, or begins with it. A registration's key names no tenant; the directory is nobody's.</summary>
    internal static readonly string[] DocumentNames = ["tenant", "user", "device-requests", "retention"];

    public Task DropAsync(WritePermit permit)
    {
        var change = new StoreChange();
        var prefix = KeySpace.Tenant(permit.Tenant);
        foreach (var family in Enum.GetValues<Family>())
            if (family is not (Family.Meta or Family.Grains))
                change.DeleteRange(family, prefix, KeySpace.EndOf(prefix));
        foreach (var name in DocumentNames)
        {
            var key = Encoding.ASCII.GetBytes(permit.Tenant.Value);
            var below = KeySpace.Grain(name, [.. key, (byte)'/']);
            change.Delete(Family.Grains, KeySpace.Grain(name, key)).DeleteRange(Family.Grains, below, KeySpace.EndOf(below));
        }
        change.Delete(Family.Meta, KeySpace.NextObjectId(permit.Tenant));
        return store.Writer.CommitAsync(change);
    }
}
