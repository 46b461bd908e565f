using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// The rows of <see cref="LinkDirection.Branch"/>: below a parent, one for each child that has, or once had, children itself, so that a walk down meets
/// groups and never the devices in them. One too few is a hole in somebody's list, and one too many would show what hangs there no more: so who makes
/// or removes a link has the turn at both ends until that is durable, and a walk follows a row only where the link that it goes with is there
/// (<see cref="LinkRows.Branches"/>).
/// </summary>
internal static partial class BranchRows
{
    private const int RowsPerBatch = 4_096;

    private static readonly byte[] NoValue = [];

    /// <summary>Adds what new links ask for: a row for each child that holds something, and when the parent holds its first, one for the parent wherever it hangs.</summary>
    public static void Add(RocksSession session, TenantId tenant, ObjectId parent, ChildKind kind, IReadOnlyList<ObjectId> children, StoreChange change)
    {
        using var links = new LinkRows(session, tenant);
        foreach (var child in children)
            // An object below itself holds something from here on.
            if (child == parent || links.Any(child.Value, LinkDirection.Child))
                change.Put(Family.Links, KeySpace.Link(tenant, parent, LinkDirection.Branch, kind, child), NoValue);
        if (children.Count == 0 || links.Any(parent.Value, LinkDirection.Child)) return;
        using var above = Cursor.Over(session, Family.Links, [.. KeySpace.Links(tenant, parent), (byte)LinkDirection.Parent]);
        for (var isThere = above.First(); isThere; isThere = above.Next())
            change.Put(Family.Links, KeySpace.Link(
                tenant, new ObjectId(BinaryPrimitives.ReadInt64BigEndian(above.Key[^8..])), LinkDirection.Branch, (ChildKind)above.Key[^9], parent), NoValue);
    }

    /// <summary>
    /// Makes the rows of a store that an older version has written, which knows nothing of them. Every commit that gives out sequence numbers says in
    /// <see cref="MetaRow.Branches"/> that they were kept; an older version moves its own mark (<see cref="MetaRow.Sequence"/>) with its first commit and not this
    /// one. So they are made anew after it, too, and those go whose links it has removed. Rows are seen to before the mark: what a crash interrupts begins again.
    /// </summary>
    public static void Ensure(RocksSession session, ILogger log)
    {
        var mark = session.ReadNumber(Family.Meta, KeySpace.Meta(MetaRow.Sequence)) ?? 0;
        if (session.ReadNumber(Family.Meta, KeySpace.Meta(MetaRow.Branches)) == mark) return;
        var began = TimeProvider.System.GetTimestamp();
        var (made, removed) = Make(session);
        session.Database.Put(KeySpace.Meta(MetaRow.Branches), KeySpace.Number(mark), session[Family.Meta], RocksSettings.Synced);
        if (made + removed > 0) Made(log, made, removed, TimeProvider.System.GetElapsedTime(began).TotalSeconds);
    }

    // An object's rows stand together: those to its children before those to its parents, and those of branches last.
    private static (long Made, long Removed) Make(RocksSession session)
    {
        using var links = new Cursor(session, Family.Links, [0], [0xff], isLong: true);
        using var batch = new WriteBatch();
        var (made, removed, holder) = (0L, 0L, Array.Empty<byte>());
        for (var isThere = links.First(); isThere; isThere = links.Next())
        {
            var key = links.Key;
            var of = key[..^10];
            switch ((LinkDirection)key[^10])
            {
                case LinkDirection.Child when !of.SequenceEqual(holder):
                    holder = of.ToArray();
                    break;
                case LinkDirection.Parent when of.SequenceEqual(holder):
                    // The parent, this direction, the same kind, the object.
                    byte[] row = [.. of[..^8], .. key[^8..], (byte)LinkDirection.Branch, key[^9], .. of[^8..]];
                    batch.Put(row.AsSpan(), NoValue.AsSpan(), session[Family.Links]);
                    made++;
                    break;
                case LinkDirection.Branch when !session.Has(Family.Links, [.. of, (byte)LinkDirection.Child, .. key[^9..]]):
                    batch.Delete(key, session[Family.Links]);
                    removed++;
                    break;
            }
            if (batch.Count() == RowsPerBatch) Write(session, batch);
        }
        Write(session, batch);
        return (made, removed);
    }

    private static void Write(RocksSession session, WriteBatch batch)
    {
        session.Database.Write(batch, RocksSettings.Synced);
        batch.Clear();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Made {Made} rows that lists over groups are read by, and removed {Removed}, in {Seconds:0.0} s: an older version wrote this store")]
    private static partial void Made(ILogger log, long made, long removed, double seconds);
}
