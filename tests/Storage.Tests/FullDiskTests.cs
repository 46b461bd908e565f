using System.Diagnostics;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Storage.Tests;

/// <summary>A small disk in memory that really fills up. Making one needs the right to mount.</summary>
public sealed class FullDiskTests
{
    private const long DiskBytes = 96 << 20;

    private sealed class SmallDisk : IDisposable
    {
        private readonly TempFolder _at = new();

        public SmallDisk() => Assert.SkipUnless(
            Run("mount", "-t", "tmpfs", "-o", $"size={DiskBytes}", "tmpfs", _at.Path),
            "This account may not mount a tmpfs; the same promises are tested with a pretended disk in CommitQueueTests and AuditFileTests");

        public string Folder => Path.Combine(_at.Path, "data");

        private string Filler => Path.Combine(_at.Path, "filler");

        /// <summary>Leaves this much room.</summary>
        public void FillUpTo(long roomBytes)
        {
            using var file = File.Create(Filler);
            var block = new byte[64 << 10];
            while (new DriveInfo(_at.Path).AvailableFreeSpace >= roomBytes + block.Length) file.Write(block);
            file.Flush(true);
        }

        public void Empty() => File.Delete(Filler);

        public void Dispose()
        {
            Run("umount", _at.Path);
            _at.Dispose();
        }

        private static bool Run(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }

    [Fact]
    public async Task At_the_reserve_the_store_refuses_and_goes_on_when_there_is_room()
    {
        using var disk = new SmallDisk();
        var clock = new FakeTimeProvider();
        using var kit = new EmbeddedKit(disk.Folder, o => o with { WriteBufferBytes = 1 << 20 }, clock: clock);
        await WriteAsync(kit, 1);
        disk.FillUpTo(DiskBytes / Limits.DiskReserveShareOfVolume - (1 << 20));
        clock.Advance(TimeSpan.FromSeconds(1));
        await Awaited.RefusedAsync(() => WriteAsync(kit, 2));
        await Awaited.RefusedAsync(() => kit.Audit.AppendAsync(AuditLogSuite.Write(Ask.T1), AuditLogSuite.Some(1), DateTimeOffset.UnixEpoch));
        Assert.False(kit.Store.Writer.IsHealthy);
        disk.Empty();
        clock.Advance(TimeSpan.FromSeconds(1));
        await WriteAsync(kit, 3);
        kit.Reopen();
        Assert.Equal((true, false, true), (await HasAsync(kit, 1), await HasAsync(kit, 2), await HasAsync(kit, 3)));
    }

    [Fact]
    public async Task A_disk_that_is_full_in_spite_of_the_guard_refuses_loses_nothing_acknowledged_and_heals()
    {
        using var disk = new SmallDisk();
        var clock = new FakeTimeProvider();
        using var kit = new EmbeddedKit(disk.Folder, o => o with { WriteBufferBytes = 1 << 20 }, new CommitQueueTests.PretendedSpace(1L << 40), clock);
        var acknowledged = new HashSet<long>();
        disk.FillUpTo(2 << 20);
        var isRefused = false;
        for (var id = 1; id <= 2_000 && !isRefused; id++) isRefused = !await TryAsync(kit, id, acknowledged);
        Assert.True(isRefused, "the disk never filled up");
        disk.Empty();
        clock.Advance(TimeSpan.FromMilliseconds(Limits.StoreHealMs));
        await WriteAsync(kit, 5_000);
        acknowledged.Add(5_000);
        Assert.True(kit.Store.Writer.IsHealthy);
        kit.Reopen();
        foreach (var id in acknowledged) Assert.True(await HasAsync(kit, id), $"object {id} was acknowledged and is gone");
        Assert.Equal(acknowledged.Count, await kit.Inventory.CountAsync(Ask.All(Ask.T1), new()));
    }

    [Fact]
    public async Task Links_that_found_no_room_are_in_no_list_and_what_is_linked_later_is_in_the_next()
    {
        const int LinksThatDoNotFit = 100_000;
        using var disk = new SmallDisk();
        var clock = new FakeTimeProvider();
        using var kit = new EmbeddedKit(disk.Folder, o => o with { WriteBufferBytes = 1 << 20 }, new CommitQueueTests.PretendedSpace(1L << 40), clock);
        for (var id = 1; id <= 3; id++) await KnownReachTests.WriteAsync(kit, id);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [new(2)]);
        Assert.Equal([1, 2], await KnownReachTests.ListedAsync(kit, 1));
        disk.FillUpTo(2 << 20);
        await Awaited.RefusedAsync(() => kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Asset, [.. Enumerable.Range(3, LinksThatDoNotFit).Select(id => new ObjectId(id))]));
        Assert.Equal([1, 2], await KnownReachTests.ListedAsync(kit, 1));

        disk.Empty();
        clock.Advance(TimeSpan.FromMilliseconds(Limits.StoreHealMs));
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3)]);
        Assert.Equal([1, 2, 3], await KnownReachTests.ListedAsync(kit, 1));
    }

    private static async Task<bool> TryAsync(EmbeddedKit kit, long id, HashSet<long> acknowledged)
    {
        try
        {
            await WriteAsync(kit, id);
            acknowledged.Add(id);
            return true;
        }
        catch (Refusal refusal) when (refusal.Kind == RefusalKind.Unavailable)
        {
            return false;
        }
    }

    private static Task WriteAsync(EmbeddedKit kit, long id) =>
        kit.Inventory.WriteAsync(Ask.Write(Ask.T1), InventoryStoreSuite.Thing(id, "a", "t", "ann", ("x", $"\"{new string('x', 20_000)}\"")), null);

    private static async Task<bool> HasAsync(EmbeddedKit kit, long id) => await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, id)) is not null;
}
