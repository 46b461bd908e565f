using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;

namespace Bailiwick.Storage.Tests;

/// <summary>What every <c>IInventoryStore</c> promises.</summary>
public abstract class InventoryStoreSuite
{
    internal abstract IStorageKit Open();

    [Fact]
    public async Task A_document_reads_back_as_it_was_written_after_a_restart()
    {
        using var kit = Open();
        var document = Thing(5, "Pump \u00e4\U0001F4A7", "c8y_Pump", "device_5", ("c8y_IsDevice", "{}"), ("x", """{ "a" : [1, 2.50] }"""));
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), document, null);
        kit.Reopen();
        var read = await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 5));
        Assert.NotNull(read);
        Assert.Equal((document.Id, document.Name, document.Type, document.Owner), (read.Id, read.Name, read.Type, read.Owner));
        Assert.Equal(document.CreationTime, read.CreationTime);
        Assert.Equal(document.CreationTime.Offset, read.CreationTime.Offset);
        Assert.Equal(document.LastUpdated, read.LastUpdated);
        Assert.Equal(document.Fragments.Items.Select(f => (f.Name, Encoding.UTF8.GetString(f.Json))), read.Fragments.Items.Select(f => (f.Name, Encoding.UTF8.GetString(f.Json))));
        Assert.Null(await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 6)));
        Assert.Null(await kit.Inventory.ReadAsync(Ask.Read(Ask.T10, 5)));
    }

    [Fact]
    public async Task No_id_is_given_twice_whoever_asks_and_whatever_stops()
    {
        using var kit = Open();
        var given = new HashSet<long>();
        for (var start = 0; start < 3; start++)
        {
            var runs = await Task.WhenAll(Enumerable.Range(1, 20).Select(count => kit.Inventory.ReserveIdsAsync(Ask.Write(Ask.T1), count).AsTask()));
            for (var i = 0; i < runs.Length; i++)
                for (var at = 0; at <= i; at++)
                    Assert.True(given.Add(runs[i] + at));
            kit.Reopen();
        }
        Assert.DoesNotContain(0, given);
        Assert.Equal(1, await kit.Inventory.ReserveIdsAsync(Ask.Write(Ask.T10), 1));
    }

    [Fact]
    public async Task A_change_is_found_by_what_it_is_and_no_longer_by_what_it_was()
    {
        using var kit = Open();
        var old = Thing(5, "a", "old", "ann", ("f1", "1"), ("both", "1"));
        var now = Thing(5, "a", "new", "bob", ("f2", "1"), ("both", "2"));
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), old, null);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1, 5), now, old);
        foreach (var gone in new InventoryQuery[] { new(Type: "old"), new(FragmentType: "f1"), new(Owner: "ann") })
            Assert.Equal(0, await kit.Inventory.CountAsync(Ask.All(Ask.T1), gone));
        foreach (var there in new InventoryQuery[] { new(Type: "new"), new(FragmentType: "f2"), new(FragmentType: "both"), new(Owner: "bob"), new() })
            Assert.Equal(1, await kit.Inventory.CountAsync(Ask.All(Ask.T1), there));
        Assert.Empty((await kit.Inventory.SourcesAsync(Ask.Own(Ask.T1, "ann"), null)).Ids!);
        Assert.Equal([new ObjectId(5)], (await kit.Inventory.SourcesAsync(Ask.Own(Ask.T1, "bob"), null)).Ids!);
        Assert.Equal([new ObjectId(5)], (await kit.Inventory.SourcesAsync(Ask.Own(Ask.T1, "bob"), new ObjectId(5))).Ids!);
        Assert.Empty((await kit.Inventory.SourcesAsync(Ask.Own(Ask.T1, "bob"), new ObjectId(6))).Ids!);
    }

    [Fact]
    public async Task A_deleted_object_leaves_nothing_behind()
    {
        using var kit = Open();
        var things = new[] { Thing(1, "p", "t", "ann"), Thing(2, "c", "t", "ann"), Thing(3, "g", "t", "ann") };
        foreach (var thing in things) await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), thing, null);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 1), ChildKind.Device, [new(2)]);
        await kit.Links.LinkAsync(Ask.Write(Ask.T1, 2), ChildKind.Asset, [new(3)]);
        await kit.Identity.BindAsync(Ask.Write(Ask.T1, 2), ExternalId.Serial("abc"));
        await kit.Inventory.DeleteAsync(Ask.Write(Ask.T1, 2), things[1]);
        Assert.Null(await kit.Inventory.ReadAsync(Ask.Read(Ask.T1, 2)));
        Assert.Null(await kit.Identity.FindAsync(Ask.Read(Ask.T1), ExternalId.Serial("abc")));
        Assert.False(await kit.Links.IsChildAsync(Ask.Read(Ask.T1, 1), ChildKind.Device, new(2)));
        Assert.Empty(await kit.Links.ReferencesAsync(Ask.Read(Ask.T1, 3), Ask.All(Ask.T1), ChildKind.Asset, parents: true, 10));
        Assert.Empty(await kit.Links.ReferencesAsync(Ask.Read(Ask.T1, 1), Ask.All(Ask.T1), ChildKind.Device, parents: false, 10));
        Assert.Equal(2, await kit.Inventory.CountAsync(Ask.All(Ask.T1), new InventoryQuery()));
    }

    [Fact]
    public async Task Tenants_whose_names_begin_alike_see_nothing_of_each_other()
    {
        using var kit = Open();
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), Thing(5, "one", "t", "ann"), null);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T10), Thing(5, "ten", "t", "ann"), null);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T10), Thing(6, "ten", "t", "ann", (ManagedObject.GlobalFragment, "{}")), null);
        Assert.Equal("one", Assert.Single((await kit.Inventory.FindAsync(Ask.All(Ask.T1), new(Type: "t"), new(1, 10, true))).Items).Name);
        Assert.Equal(1, await kit.Inventory.CountAsync(Ask.Own(Ask.T1, "ann"), new()));
        Assert.Equal(2, await kit.Inventory.CountAsync(Ask.Own(Ask.T10, "ann"), new()));
        Assert.Equal(1, await kit.Inventory.CountAsync(Ask.Own(Ask.T10, "bob"), new()));
        Assert.Equal(0, await kit.Inventory.CountAsync(Ask.Own(Ask.T1, "bob"), new()));
    }

    [Fact]
    public async Task Texts_that_begin_alike_contain_zeros_or_are_very_long_are_told_apart()
    {
        using var kit = Open();
        var texts = new[] { "a", "ab", "a\0", "a\0b", "", "\u00ff", new string('x', 5_000), new string('x', 5_000) + "y", new string('x', 256), new string('x', 255) };
        for (var i = 0; i < texts.Length; i++)
            await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), Thing(i + 1, null, texts[i], texts[i], (texts[i], "1")), null);
        for (var i = 0; i < texts.Length; i++)
            foreach (var query in new InventoryQuery[] { new(Type: texts[i]), new(Owner: texts[i]), new(FragmentType: texts[i]) })
                Assert.Equal(i + 1, Assert.Single((await kit.Inventory.FindAsync(Ask.All(Ask.T1), query, new(1, 10, true))).Items).Id.Value);
    }

    [Theory]
    [InlineData("pump", 1)]
    [InlineData("PUMP", 1)]
    [InlineData("main pump", 1)]
    [InlineData("pum", 0)]
    [InlineData("north", 1)]
    [InlineData("deep", 1)]
    [InlineData("a", 0)]
    public async Task Text_finds_words_in_any_string_value_whatever_their_case(string text, int count)
    {
        using var kit = Open();
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), Thing(1, "The main Pump, hall 3", "type", "ann", ("x", """{"a":["North-East",{"b":"deep"}]}""")), null);
        await kit.Inventory.WriteAsync(Ask.Write(Ask.T1), Thing(2, "other", "type", "ann"), null);
        Assert.Equal(count, await kit.Inventory.CountAsync(Ask.All(Ask.T1), new(Text: text)));
        Assert.Equal(count, (await kit.Inventory.FindAsync(Ask.All(Ask.T1), new(Text: text), new(1, 10, true))).Items.Count);
    }

    [Fact]
    public Task Pages_and_totals_agree_with_a_plain_list_for_every_reader() => Seeded.RunAsync(async random =>
    {
        using var kit = Open();
        var model = new SortedDictionary<long, ManagedObject>();
        var parents = new HashSet<(long Parent, long Child)>();
        for (var i = 0; i < 250; i++) await ChangeSomethingAsync(kit, random, model, parents);
        for (var i = 0; i < 200; i++)
        {
            var permit = random.Next(3) == 0 ? Ask.All(Ask.T1) : random.Next(20) == 0 ? Ask.Nothing(Ask.T1) : Ask.Own(Ask.T1, "user" + random.Next(4));
            var query = RandomQuery(random);
            var expected = model.Values.Where(o => Matches(o, permit, query, parents, model)).ToList();
            var page = new PageRequest(random.Next(1, 6), random.Next(1, 20), random.Next(2) == 0);
            var found = await kit.Inventory.FindAsync(permit, query, page);
            Assert.Equal(expected.Skip((int)page.Skip).Take(page.Size).Select(o => o.Id), found.Items.Select(o => o.Id));
            Assert.Equal(expected.Count > page.Skip + page.Size, found.HasMore);
            Assert.Equal(page.WithTotal ? expected.Count : null, found.Total);
            Assert.Equal(expected.Count, await kit.Inventory.CountAsync(permit, query));
        }
    });

    private static async Task ChangeSomethingAsync(
        IStorageKit kit, Random random, SortedDictionary<long, ManagedObject> model, HashSet<(long Parent, long Child)> parents)
    {
        var id = random.Next(1, 90);
        var previous = model.GetValueOrDefault(id);
        switch (random.Next(10))
        {
            case 0 when previous is not null:
                await kit.Inventory.DeleteAsync(Ask.Write(Ask.T1, id), previous);
                model.Remove(id);
                parents.RemoveWhere(p => p.Parent == id || p.Child == id);
                break;
            case 1 or 2 when previous is not null && model.Count > 1:
                var child = model.Keys.ElementAt(random.Next(model.Count));
                await kit.Links.LinkAsync(Ask.Write(Ask.T1, id), ChildKind.Asset, [new(child)]);
                parents.Add((id, child));
                break;
            default:
                var fragments = new List<(string, string)> { ("f" + random.Next(3), "1") };
                if (random.Next(8) == 0) fragments.Add((ManagedObject.GlobalFragment, "{}"));
                var thing = Thing(id, "word" + random.Next(3), random.Next(4) == 0 ? null : "t" + random.Next(3), "user" + random.Next(4), [.. fragments]);
                await kit.Inventory.WriteAsync(previous is null ? Ask.Write(Ask.T1) : Ask.Write(Ask.T1, id), thing, previous);
                model[id] = thing;
                break;
        }
    }

    private static InventoryQuery RandomQuery(Random random) => new(
        random.Next(3) == 0 ? "t" + random.Next(3) : null,
        random.Next(3) == 0 ? "f" + random.Next(3) : null,
        random.Next(4) == 0 ? "user" + random.Next(4) : null,
        random.Next(5) == 0 ? [.. Enumerable.Range(0, random.Next(10)).Select(_ => new ObjectId(random.Next(1, 100)))] : null,
        random.Next(8) == 0 ? [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => new ParentOf(ChildKind.Asset, new ObjectId(random.Next(1, 90))))] : null,
        random.Next(6) == 0 ? "WORD" + random.Next(3) : null);

    private static bool Matches(ManagedObject o, ListPermit permit, InventoryQuery query, HashSet<(long Parent, long Child)> parents, SortedDictionary<long, ManagedObject> all) =>
        permit.Scope.Admits(o.Owner, o.IsGlobal)
        && (query.Type is null || query.Type == o.Type) && (query.Owner is null || query.Owner == o.Owner)
        && (query.FragmentType is null || o.Fragments.Has(query.FragmentType))
        && (query.Ids is null || query.Ids.Contains(o.Id))
        && (query.ParentsOf is null || query.ParentsOf.All(of => parents.Contains((o.Id.Value, of.Child.Value))
            && all.TryGetValue(of.Child.Value, out var child) && permit.Scope.Admits(child.Owner, child.IsGlobal)))
        && (query.Text is null || string.Equals(o.Name, query.Text, StringComparison.OrdinalIgnoreCase));

    internal static ManagedObject Thing(long id, string? name, string? type, string owner, params (string Name, string Json)[] fragments) => new(
        new ObjectId(id), name, type, owner, new DateTimeOffset(2024, 5, 6, 7, 8, 9, 10, TimeSpan.FromHours(2)), new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero),
        new Fragments([.. fragments.Select(f => new Fragment(f.Name, Encoding.UTF8.GetBytes(f.Json)))]));
}
