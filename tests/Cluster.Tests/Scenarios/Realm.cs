using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Tests.Access.Oracle;

namespace Bailiwick.Cluster.Tests.Scenarios;

/// <summary>A piece of data and the id that the server gave it.</summary>
/// <param name="Moment">Which of the tenant's it is, by time.</param>
internal sealed record Datum(DataKind Kind, long Object, string[] Fragments, object Id, int Moment);

/// <summary>What somebody reported about an object, and the number that the server gave the record.</summary>
internal sealed record Reported(long Object, string[] Fragments, string Actor, int Moment, long Id);

/// <summary>One tenant of a scenario: as the model has it, and under which numbers the server does.</summary>
internal sealed class Realm
{
    /// <summary>A user who owns something and does nothing.</summary>
    public const string Bystander = "carl";

    // What there never was, for whoever asks for an object that is not there.
    private const long Nowhere = 9_000_000_000;

    /// <summary>What was deleted before the first question.</summary>
    public const long Gone = Models.IdsMax;

    public static readonly ModelUser Root = new(Scenario.Root, Models.AuthorityNames, [], [], [], false, false);

    private readonly Dictionary<long, ObjectId> _ids = [];
    private long _lastObject = Gone;

    private readonly bool _isOfPeople;

    public Realm(TenantId tenant, ModelTenant begins, bool isOfPeople = false)
    {
        (Tenant, _isOfPeople) = (tenant, isOfPeople);
        Model = begins with
        {
            Objects = [.. begins.Objects.Select(it => it with { Parents = [] })],
            Users = [.. begins.Users.Select(user => user with { OnDevices = Merged(user.OnDevices.Where(on => IsThere(on.Object))), Assignments = Merged(user.Assignments.Where(one => IsThere(one.Object))) })],
            Groups = [.. begins.Groups.Select(group => group with { OnDevices = Merged(group.OnDevices.Where(on => IsThere(on.Object))) })],
        };

        // A smaller model names objects that it has no more: nobody is given anything on these.
        bool IsThere(long number) => number == Gone || begins.Objects.Any(it => it.Id == number);
    }

    public TenantId Tenant { get; }

    /// <summary>The number of the object that is made next.</summary>
    public long NextObject => _lastObject + 1;

    public ModelTenant Model { get; private set; }

    /// <summary>Whether measurements that are covered in part show with that part.</summary>
    public bool ShowsParts { get; set; }

    /// <summary>Each link with its kind; the model knows parents only.</summary>
    public HashSet<(ChildKind Kind, long Parent, long Child)> Links { get; } = [];

    public List<Datum> Data { get; } = [];

    /// <summary>Of objects that are gone as well: nothing takes a record away.</summary>
    public List<Reported> Reports { get; } = [];

    /// <summary>The server's number of each group of the model; 0 once it is deleted.</summary>
    public int[] Groups { get; set; } = [];

    public int[] Roles { get; set; } = [];

    /// <summary>Everybody as signed in.</summary>
    public Dictionary<string, Caller> Callers { get; } = [];

    /// <summary>
    /// The server names users as devices, whose verifiers cost nothing: nobody ever shows a password here. Where users manage each other, which devices
    /// do not, only those are named so who are not among them.
    /// </summary>
    public UserId UserOf(string name) => new(Tenant, _isOfPeople && name is not (Scenario.Root or Bystander) ? name : UserId.DevicePrefix + name);

    public ObjectId IdOf(long number) => _ids.TryGetValue(number, out var id) ? id : new ObjectId(Nowhere + number);

    public long NumberOf(ObjectId id) => _ids.Single(one => one.Value == id).Key;

    public void Name(long number, ObjectId id) => _ids[number] = id;

    public ModelObject? Find(long number) => Array.Find(Model.Objects, it => it.Id == number);

    public ModelUser? FindUser(string name) => name == Scenario.Root ? Root : Array.Find(Model.Users, user => user.Name == name);

    /// <summary>Everybody whom the server knows: the model's users, who administers, and whoever owns something and holds nothing.</summary>
    public IEnumerable<ModelUser> Everybody => Models.Names.Append(Bystander).Select(name => FindUser(name) ?? new ModelUser(name, [], [], [], [], false, false)).Append(Root);

    public bool HasRole(int place) => place < Roles.Length && Roles[place] > 0;

    public bool HasGroup(int place) => place < Groups.Length && Groups[place] > 0;

    public bool IsChild(ChildKind kind, long parent, long child) => Links.Contains((kind, parent, child));

    /// <summary>An object and all above it by links of these kinds, grown until it grows no more.</summary>
    public HashSet<long> Upward(long from, params ChildKind[] kinds)
    {
        var reached = new HashSet<long> { from };
        for (var before = 0; before != reached.Count;)
        {
            before = reached.Count;
            foreach (var (kind, parent, child) in Links)
                if (kinds.Contains(kind) && reached.Contains(child))
                    reached.Add(parent);
        }
        return reached;
    }

    public Unlink OneLink(int place)
    {
        var link = Links.Order().ElementAt(place % Links.Count);
        return new Unlink(link.Kind, link.Parent, link.Child);
    }

    public void AddLink(ChildKind kind, long parent, long child)
    {
        Links.Add((kind, parent, child));
        Relink();
    }

    public void RemoveLink(ChildKind kind, long parent, long child)
    {
        Links.Remove((kind, parent, child));
        Relink();
    }

    public void AddObject(ObjectId id, string owner, string[] fragments)
    {
        Name(++_lastObject, id);
        Model = Model with { Objects = [.. Model.Objects, new ModelObject(_lastObject, owner, fragments, [], [])] };
    }

    public void RemoveObject(long number)
    {
        Model = Model with { Objects = [.. Model.Objects.Where(it => it.Id != number)] };
        Data.RemoveAll(datum => datum.Object == number);
        Links.RemoveWhere(link => link.Parent == number || link.Child == number);
        Relink();
    }

    public void Change(long number, Func<ModelObject, ModelObject> change) =>
        Model = Model with { Objects = [.. Model.Objects.Select(it => it.Id == number ? change(it) : it)] };

    public void Change(string name, Func<ModelUser, ModelUser> change) =>
        Model = Model with { Users = [.. Model.Users.Select(user => user.Name == name ? change(user) : user)] };

    public void ChangeGroup(int place, Func<ModelGroup, ModelGroup> change) =>
        Model = Model with { Groups = [.. Model.Groups.Select((group, at) => at == place ? change(group) : group)] };

    public void AddUser(ModelUser user) => Model = Model with { Users = [.. Model.Users, user] };

    public void RemoveUser(string name) => Model = Model with { Users = [.. Model.Users.Where(user => user.Name != name)] };

    /// <summary>A user's roles on objects that there are: with the next change of any, those on others go.</summary>
    public IEnumerable<Assignment> Standing(ModelUser user) => user.Assignments.Where(one => Find(one.Object) is not null);

    /// <summary>A role without permissions is as good as none: so places stay as they are.</summary>
    public void ChangeRole(int place, RolePermission[] permissions) =>
        Model = Model with { Roles = [.. Model.Roles.Select((role, at) => at == place ? permissions : role)] };

    /// <summary>What stands on an object in place of what did.</summary>
    public static DevicePermissions[] With(DevicePermissions[] all, long target, string[] texts) =>
        Merged([.. all.Where(on => on.Object != target), new DevicePermissions(target, texts)]);

    /// <summary>Each object once, as the server keeps them.</summary>
    public static DevicePermissions[] Merged(IEnumerable<DevicePermissions> all) =>
        [.. all.GroupBy(on => on.Object).Select(on => new DevicePermissions(on.Key, [.. on.SelectMany(one => one.Texts).Distinct()])).Where(on => on.Texts.Length > 0)];

    /// <inheritdoc cref="Merged(IEnumerable{DevicePermissions})"/>
    public static Assignment[] Merged(IEnumerable<Assignment> all) =>
        [.. all.GroupBy(on => on.Object).Select(on => new Assignment(on.Key, [.. on.SelectMany(one => one.Roles).Distinct()])).Where(on => on.Roles.Length > 0)];

    private void Relink() => Model = Model with
    {
        Objects = [.. Model.Objects.Select(it => it with { Parents = [.. Links.Where(link => link.Child == it.Id).Select(link => link.Parent).Distinct()] })],
    };
}
