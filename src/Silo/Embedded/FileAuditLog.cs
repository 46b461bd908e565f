using System.Collections.Concurrent;
using System.Diagnostics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// The audit log as files: one folder a tenant, one writer thread for all. What waits when the thread comes round is one
/// write and one sync for each tenant. At a log's first use its last two segments are read and checked, on another thread: its records wait for that, and
/// no other tenant's do. The segments before it, which may be many, are checked after that, beside the writer: who reads the log waits for it, but not for long.
/// </summary>
internal sealed class FileAuditLog : IAuditLog, IDisposable
{
    private sealed record Pending(TenantId Tenant, NewAuditRecord Record, DateTimeOffset CreationTime, byte[] Payload)
    {
        public TaskCompletionSource<AuditRecord> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly string _folder;
    private readonly DurableFiles _files;
    private readonly DiskGuard _guard;
    private readonly int _segmentBytesMax;
    private readonly FileStream _lock;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<TenantId, Lazy<Task<TenantAuditLog>>> _logs = new();
    private readonly ConcurrentDictionary<TenantId, Lazy<Task>> _checks = new();
    private readonly SemaphoreSlim _openings = new(Limits.AuditLogsOpenedAtOnce);
    private readonly SemaphoreSlim _checksAtOnce = new(Limits.AuditLogsCheckedAtOnce);
    private readonly CancellationTokenSource _closing = new();
    private readonly object _gate = new();
    private readonly Queue<Pending> _pending = new();
    private readonly Queue<(TenantId Tenant, Task<TenantAuditLog> Log)> _opened = new();
    // The writer's own: records of tenants whose logs are being opened, in their order.
    private readonly Dictionary<TenantId, List<Pending>> _waiting = [];
    private readonly Thread _writer;
    private long _pendingBytes;
    private bool _isClosed;

    private FileAuditLog(string folder, DurableFiles files, DiskGuard guard, int segmentBytesMax, FileStream @lock, TimeProvider clock, ILogger log)
    {
        (_folder, _files, _guard, _segmentBytesMax, _lock, _clock, _log) = (folder, files, guard, segmentBytesMax, @lock, clock, log);
        _writer = new Thread(Run) { Name = "audit writer", IsBackground = true };
        _writer.Start();
    }

    /// <summary>Opens the logs in <c>audit</c> below the data folder; each tenant's at its first use.</summary>
    /// <exception cref="StoreUnusableException">Another process has them open.</exception>
    public static FileAuditLog Open(
        string dataFolder, TimeProvider clock, DurableFiles? files = null, IDiskSpace? space = null,
        long diskReserveBytes = Limits.DiskReserveBytes, int segmentBytesMax = Limits.AuditSegmentBytesMax, ILogger? log = null)
    {
        var folder = Path.Combine(dataFolder, "audit");
        files ??= new DurableFiles();
        PrivateFolder.Ensure(folder);
        files.SyncFolder(dataFolder);
        var guard = new DiskGuard(Path.GetFullPath(dataFolder), space ?? new VolumeSpace(), clock, diskReserveBytes);
        return new FileAuditLog(folder, files, guard, segmentBytesMax, Locked(folder), clock, log ?? NullLogger.Instance);
    }

    public Task<AuditRecord> AppendAsync(WritePermit permit, NewAuditRecord record, DateTimeOffset creationTime)
    {
        Check.That(permit.Source == default || record.Source == permit.Source.ToString());
        var pending = new Pending(permit.Tenant, record, creationTime, AuditPayload.Write(AuditRecord.Of(0, record, creationTime)));
        lock (_gate)
        {
            if (_isClosed) throw Refusal.StorageUnavailable("The audit log is closed");
            if (_pending.Count >= Limits.AuditQueueItemsMax || _pendingBytes >= Limits.AuditQueueBytesMax)
                throw Busy("The audit log's queue is full");
            _pending.Enqueue(pending);
            _pendingBytes += pending.Payload.Length;
            Monitor.Pulse(_gate);
        }
        return pending.Answer.Task;
    }

    public async ValueTask<AuditRecord?> ReadAsync(ReadPermit permit, long id) => await ReadingAsync(permit.Tenant, log => log.Read(id));

    public async ValueTask<Page<AuditRecord>> FindAsync(ReadPermit permit, AuditQuery query, PageRequest page, Predicate<AuditRecord>? shows = null) =>
        await ReadingAsync(permit.Tenant, log => log.Find(query, page, shows));

    /// <summary>Writes what was handed over, then closes. What is being checked is left off.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosed) return;
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
        _closing.Cancel();
        _writer.Join();
        foreach (var log in _logs.Values.Where(log => log.IsValueCreated))
        {
            End(log.Value);
            if (log.Value.IsCompletedSuccessfully) log.Value.Result.Dispose();
        }
        foreach (var check in _checks.Values) End(check.Value);
        _checksAtOnce.Dispose();
        _openings.Dispose();
        _closing.Dispose();
        _lock.Dispose();
    }

    private void Run()
    {
        var (batch, opened) = (new List<Pending>(), new List<(TenantId Tenant, Task<TenantAuditLog> Log)>());
        while (Take(batch, opened))
        {
            foreach (var (tenant, log) in opened)
                if (_waiting.Remove(tenant, out var waited))
                    Append(log, waited);
            foreach (var group in batch.GroupBy(p => p.Tenant)) Append(group.Key, [.. group]);
            batch.Clear();
            opened.Clear();
        }
    }

    private bool Take(List<Pending> batch, List<(TenantId Tenant, Task<TenantAuditLog> Log)> opened)
    {
        lock (_gate)
        {
            while (_pending.Count == 0 && _opened.Count == 0)
            {
                if (_isClosed && _waiting.Count == 0) return false;
                Monitor.Wait(_gate);
            }
            while (_opened.TryDequeue(out var log)) opened.Add(log);
            for (var bytes = 0L; bytes < Limits.AuditBatchBytesMax && _pending.TryDequeue(out var pending);)
            {
                batch.Add(pending);
                bytes += pending.Payload.Length;
                _pendingBytes -= pending.Payload.Length;
            }
            return true;
        }
    }

    private void Append(TenantId tenant, List<Pending> records)
    {
        if (_waiting.TryGetValue(tenant, out var before))
        {
            Wait(before, records);
            return;
        }
        var opening = LogOf(tenant);
        if (opening.IsCompleted) Append(opening, records);
        else
        {
            _waiting.Add(tenant, []);
            Wait(_waiting[tenant], records);
            _ = opening.ContinueWith(log => Opened(tenant, log), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Puts records behind those that wait for the same log; what is too many is told to come back.</summary>
    private static void Wait(List<Pending> waiting, List<Pending> records)
    {
        foreach (var record in records)
            if (waiting.Count < Limits.AuditRecordsWaitingMax) waiting.Add(record);
            else record.Answer.SetException(Busy("The tenant's audit log is being opened, and too many records wait for it"));
    }

    private void Opened(TenantId tenant, Task<TenantAuditLog> log)
    {
        lock (_gate)
        {
            _opened.Enqueue((tenant, log));
            Monitor.Pulse(_gate);
        }
    }

    private void Append(Task<TenantAuditLog> opened, List<Pending> records)
    {
        try
        {
            if (!_guard.Admits(records.Sum(r => (long)r.Payload.Length))) throw _guard.Refused();
            var log = opened.GetAwaiter().GetResult();
            var began = Stopwatch.GetTimestamp();
            var first = log.Append([.. records.Select(r => r.Payload)]);
            StoreMetrics.AuditSyncSeconds.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
            StoreMetrics.AuditRecords.Record(records.Count);
            for (var i = 0; i < records.Count; i++)
                records[i].Answer.SetResult(AuditRecord.Of(first + i, records[i].Record, records[i].CreationTime));
        }
        catch (Exception e) when (e is Refusal or IOException or UnauthorizedAccessException or AuditDamagedException)
        {
            // One refusal each: it is marked by whoever records it.
            var text = e is Refusal refusal ? refusal.LogText : e.Message;
            foreach (var record in records) record.Answer.SetException(Refusal.StorageUnavailable(text));
        }
    }

    private async ValueTask<T> ReadingAsync<T>(TenantId tenant, Func<TenantAuditLog, T> read)
    {
        if (_closing.IsCancellationRequested) throw Refusal.StorageUnavailable("The audit log is closed");
        try
        {
            var log = await LogOf(tenant);
            await CheckedAsync(tenant, log).WaitAsync(TimeSpan.FromSeconds(Limits.AuditCheckWaitSecondsMax), _clock);
            return read(log);
        }
        catch (TimeoutException)
        {
            throw new Refusal(RefusalKind.Busy, "audit", "The audit trail is being checked after a start. Try again later.", $"The audit log of {tenant} is not checked yet");
        }
        catch (OperationCanceledException)
        {
            throw Refusal.StorageUnavailable("The audit log is closing");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AuditDamagedException)
        {
            throw Refusal.StorageUnavailable(e.Message);
        }
    }

    /// <summary>The tenant's log, which may still be opening. A damaged log stays refused; a disk that failed to answer is asked again.</summary>
    private Task<TenantAuditLog> LogOf(TenantId tenant) =>
        _logs.GetOrAdd(tenant, t => new Lazy<Task<TenantAuditLog>>(() => OpenAsync(t))).Value;

    private async Task<TenantAuditLog> OpenAsync(TenantId tenant)
    {
        await _openings.WaitAsync().ConfigureAwait(false);
        try
        {
            var log = await OnThreadAsync(() => TenantAuditLog.Open(Path.Combine(_folder, tenant.Value), _files, _segmentBytesMax)).ConfigureAwait(false);
            _ = CheckedAsync(tenant, log);
            return log;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logs.TryRemove(tenant, out _);
            throw;
        }
        finally
        {
            _openings.Release();
        }
    }

    /// <summary>Completes when all of a log is known to be what was written.</summary>
    private Task CheckedAsync(TenantId tenant, TenantAuditLog log) =>
        log.UncheckedCount == 0 ? Task.CompletedTask : _checks.GetOrAdd(tenant, t => new Lazy<Task>(() => CheckAsync(t, log))).Value;

    /// <summary>Checks a log to its end. Damage is for the operator to see at once; a disk that failed to answer is asked again.</summary>
    private async Task CheckAsync(TenantId tenant, TenantAuditLog log)
    {
        while (true)
        {
            await _checksAtOnce.WaitAsync(_closing.Token).ConfigureAwait(false);
            try
            {
                await OnThreadAsync(() =>
                {
                    log.CheckSealed(_closing.Token);
                    return log;
                }).ConfigureAwait(false);
                return;
            }
            catch (AuditDamagedException damage)
            {
                _log.LogError("The audit log of tenant {Tenant} is damaged, and is refused from now on: {Reason}", tenant, damage.Message);
                throw;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _log.LogWarning("The audit log of tenant {Tenant} could not be checked, and is tried again: {Reason}", tenant, e.Message);
            }
            finally
            {
                _checksAtOnce.Release();
            }
            await Task.Delay(TimeSpan.FromSeconds(Limits.AuditCheckRetrySeconds), _clock, _closing.Token).ConfigureAwait(false);
        }
    }

    // However it ends: what went wrong was somebody else's to hear.
    private static void End(Task task) => Task.WhenAny(task).Wait();

    private static Task<T> OnThreadAsync<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Refusal Busy(string why) => new(RefusalKind.Busy, "audit", "The server is busy, please try again later", why);

    private static FileStream Locked(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "LOCK"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new StoreUnusableException(
                $"The audit log in {folder} is in use by another process: stop that one first, or set Storage:Path to another folder", e);
        }
    }
}
