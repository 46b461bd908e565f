using System.Buffers.Binary;
using Bailiwick.Grains.Abstractions;
using Microsoft.Extensions.Logging.Abstractions;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>How the embedded store is opened.</summary>
/// <param name="Folder">The data folder; the store is in <c>store</c> below it.</param>
internal sealed record RocksStoreOptions(string Folder)
{
    /// <summary>Longest wait for company of a small batch under load; 0 turns it off (<see cref="GatherRule"/>).</summary>
    public int GatherMs { get; init; } = Limits.StoreGatherMsDefault;

    public long DiskReserveBytes { get; init; } = Limits.DiskReserveBytes;

    public int WriteBufferBytes { get; init; } = Limits.StoreWriteBufferBytes;

    public int QueueItemsMax { get; init; } = Limits.StoreQueueItemsMax;

    public int QueueBytesMax { get; init; } = Limits.StoreQueueBytesMax;

    /// <summary>
    /// Opens a store whose log ends in damaged bytes by leaving these out. Off: a disk that lies or rots is then an error
    /// that an operator sees, and not a loss that no one does.
    /// </summary>
    public bool DiscardDamagedTail { get; init; }

    public string StoreFolder => Path.Combine(Folder, "store");
}

/// <summary>The store cannot be opened; the message is one line for the operator.</summary>
internal sealed class StoreUnusableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The embedded store: one RocksDB database that this process alone holds open, and the one thread that writes it
/// (<see cref="Writer"/>). Reads go through a <see cref="RocksSession"/> that they enter and leave, so that the store can be
/// closed or opened anew beneath them.
/// </summary>
internal sealed class RocksStore : IDisposable
{
    private readonly RocksStoreOptions _options;
    private readonly ILogger _log;
    private volatile RocksSession? _session;

    private RocksStore(RocksStoreOptions options, RocksSession session, DiskGuard guard, TimeProvider clock, ILogger log)
    {
        (_options, _log) = (options, log);
        _session = session;
        Writer = new CommitQueue(this, options, guard, clock, session.ReadNumber(Family.Meta, KeySpace.Meta(MetaRow.Sequence)) ?? 0);
        Opening = Writer.NextSequence(1);
        Clock = clock;
    }

    public CommitQueue Writer { get; }

    /// <summary>A number that no other opening of this store has, ever: what is kept under it ends with the process.</summary>
    public long Opening { get; }

    public TimeProvider Clock { get; }

    /// <summary>Turns at objects whose links are looked at and then changed (<see cref="BranchRows"/>).</summary>
    public Turns LinkTurns { get; } = new();

    /// <summary>Opens the store and makes it when there is none.</summary>
    /// <exception cref="StoreUnusableException">It is in use, damaged, or of a newer build.</exception>
    public static RocksStore Open(RocksStoreOptions options, TimeProvider clock, IDiskSpace? space = null, ILogger<RocksStore>? log = null)
    {
        ILogger to = log ?? NullLogger<RocksStore>.Instance;
        PrivateFolder.Ensure(options.Folder);
        PrivateFolder.Ensure(options.StoreFolder);
        var guard = new DiskGuard(Path.GetFullPath(options.Folder), space ?? new VolumeSpace(), clock, options.DiskReserveBytes);
        return new RocksStore(options, OpenSession(options, to), guard, clock, to);
    }

    /// <summary>Enters the open session for reading; leave it with <see cref="RocksSession.Dispose"/>.</summary>
    /// <exception cref="Refusal">Unavailable: the store is closed or being opened anew.</exception>
    public RocksSession Read()
    {
        var session = _session;
        return session is not null && session.TryEnter() ? session : throw Refusal.StorageUnavailable("The store is not open");
    }

    /// <summary>Finishes what the writer has taken, then closes.</summary>
    public void Dispose()
    {
        Writer.Dispose();
        CloseSession();
        LinkTurns.Dispose();
    }

    /// <summary>The session for the writer's own thread, which alone closes sessions; null while the store is failed.</summary>
    internal RocksSession? WriterSession => _session;

    /// <summary>Closes the database and opens it again, which clears every error that RocksDB remembers; null when that fails.</summary>
    internal RocksSession? Reopen()
    {
        CloseSession();
        try
        {
            return _session = OpenSession(_options, _log);
        }
        catch (StoreUnusableException)
        {
            return null;
        }
    }

    private void CloseSession()
    {
        var session = _session;
        _session = null;
        session?.Close();
    }

    private static RocksSession OpenSession(RocksStoreOptions options, ILogger log)
    {
        RequireKnownFamilies(options.StoreFolder);
        RocksDb database;
        try
        {
            database = RocksDb.Open(RocksSettings.Database(options), options.StoreFolder, RocksSettings.Families(options));
        }
        catch (RocksDbException e) when (IsLocked(e.Message))
        {
            throw new StoreUnusableException(
                $"The store in {options.StoreFolder} is in use by another process: stop that one first, or set Storage:Path to another folder", e);
        }
        catch (RocksDbException e)
        {
            throw new StoreUnusableException($"The store in {options.StoreFolder} cannot be opened: {e.Message}", e);
        }
        var session = new RocksSession(database);
        try
        {
            RequireKnownSchema(session, options.StoreFolder);
            BranchRows.Ensure(session, log);
            return session;
        }
        catch (RocksDbException e)
        {
            session.Close();
            throw new StoreUnusableException($"The store in {options.StoreFolder} cannot be opened: {e.Message}", e);
        }
        catch
        {
            session.Close();
            throw;
        }
    }

    // By another process, and by this one.
    private static bool IsLocked(string message) =>
        message.Contains("While lock file", StringComparison.Ordinal) || message.Contains("lock hold by current process", StringComparison.Ordinal);

    private static void RequireKnownFamilies(string folder)
    {
        if (!RocksDb.TryListColumnFamilies(RocksSettings.Bare(), folder, out var names)) return;
        foreach (var name in names)
            if (Array.IndexOf(KeySpace.FamilyNames, name) < 0)
                throw Newer(folder, $"it holds a part '{name}' that this one does not know");
    }

    private static void RequireKnownSchema(RocksSession session, string folder)
    {
        var key = KeySpace.Meta(MetaRow.Schema);
        var stored = session.Database.Get(key, session[Family.Meta]);
        if (stored is null)
        {
            var row = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(row, KeySpace.Schema);
            session.Database.Put(key, row, session[Family.Meta], RocksSettings.Synced);
            return;
        }
        var schema = BinaryPrimitives.ReadInt32BigEndian(stored);
        if (schema > KeySpace.Schema) throw Newer(folder, $"its layout is {schema}, this one writes {KeySpace.Schema}");
    }

    private static StoreUnusableException Newer(string folder, string why) =>
        new($"The store in {folder} was written by a newer version of Bailiwick ({why}): start that version");
}

/// <summary>Folders that hold data: made for their owner alone.</summary>
internal static class PrivateFolder
{
    public static void Ensure(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
