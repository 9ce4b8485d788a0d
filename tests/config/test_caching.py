"""The shared cache, with Redis and without."""

from tests.ports import free_port


def test_F10_people_sign_in_and_are_still_limited_while_redis_is_away(client, cast, settings):
    from tests.accounts.conftest import sign_in
    from tests.cast import PASSWORD

    cast.amina.set_password(PASSWORD)
    cast.amina.save()
    settings.CACHES = {
        "default": {
            "BACKEND": "config.caching.SharedCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
        }
    }
    for _ in range(5):
        sign_in(client, username="bo", password="wrong-but-long-enough")
    assert "Too many wrong tries" in sign_in(client, username="bo").content.decode()
    sign_in(client)
    assert "_auth_user_id" in client.session
