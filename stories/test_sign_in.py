"""Signing in, coming back to where one wanted to go, and signing out."""

from conftest import PASSWORDS


def test_the_link_that_one_came_for(visit):
    page = visit()
    page.goto("/account?x=1")
    assert "/sign-in" in page.url
    page.get_by_label("Name").fill("analyst")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    assert "do not match" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name").input_value() == "analyst"
    page.get_by_label("Password").fill(PASSWORDS["analyst"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account?x=1")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account")
    assert "/sign-in" in page.url


def test_another_site_is_no_place_to_come_back_to(visit):
    page = visit()
    page.goto("/sign-in?to=//example.com/")
    page.get_by_label("Name").fill("analyst")
    page.get_by_label("Password").fill(PASSWORDS["analyst"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)
    assert "example.com" not in page.url


def test_changing_the_password_ends_other_sessions(visit, server):
    server.run("user", "add", "changer", "--role", "analyst", stdin="a password to be changed\n")
    PASSWORDS["changer"] = "a password to be changed"
    here, there = visit("changer", "/account"), visit("changer", "/account")
    here.get_by_label("Present password").fill(PASSWORDS["changer"])
    here.get_by_label("New password", exact=True).fill("another long password")
    here.get_by_label("New password again").fill("another long password")
    here.get_by_role("button", name="Change password").click()
    assert "changed" in here.get_by_role("status").inner_text()
    there.goto("/account")
    assert "/sign-in" in there.url
